import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from '../element';
import { hintNode } from '../hint';

export interface ITrouble {
  readonly message: string;
  /** What mends it: a sentence with commands in it; may be empty. */
  readonly hint: string;
}

/** Say what went wrong, and show what mends it, its commands ready to be copied. */
export function trouble({ message, hint }: ITrouble, trans: TranslationBundle): HTMLElement {
  const made = element('div', 'jp-PresignTrouble');
  if (message !== '') {
    made.append(element('p', '', message));
  }
  if (hint !== '') {
    made.append(hintNode(hint, trans));
  }
  return made;
}
