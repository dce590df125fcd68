import type { LabIcon } from '@jupyterlab/ui-components';
import { element } from '../element';

export interface IIconButton {
  /** What it does, in one word for styles, tests and arrow keys. */
  readonly act: string;
  readonly icon: LabIcon;
  readonly label: string;
  readonly press: () => void;
}

/** Make a small button whose label is read out and shown as a tip. */
export function iconButton({ act, icon, label, press }: IIconButton): HTMLButtonElement {
  const made = element('button', 'jp-PresignIcon');
  made.type = 'button';
  made.dataset.act = act;
  made.title = label;
  made.setAttribute('aria-label', label);
  icon.element({ container: made, stylesheet: 'menuItem', elementSize: 'normal' });
  made.addEventListener('click', press);
  return made;
}
