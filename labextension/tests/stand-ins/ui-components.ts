/** What components use of @jupyterlab/ui-components, without React and all that its others need. */
import { Panel } from '@lumino/widgets';

interface IPlace {
  readonly container?: HTMLElement;
  readonly tag?: string;
}

export class LabIcon {
  constructor(readonly options: { readonly name: string }) {}

  element({ container, tag = 'div' }: IPlace = {}): HTMLElement {
    const place = container ?? document.createElement(tag);
    place.append(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));
    return place;
  }
}

const icon = new LabIcon({ name: 'stand-in' });

export const addIcon = icon;
export const caretDownIcon = icon;
export const caretRightIcon = icon;
export const closeIcon = icon;
export const copyIcon = icon;
export const folderIcon = icon;
export const launchIcon = icon;
export const linkIcon = icon;
export const notebookIcon = icon;
export const refreshIcon = icon;
export const runIcon = icon;

/** The panel without what its toolbar can do. */
export class PanelWithToolbar extends Panel {}
