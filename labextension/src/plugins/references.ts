import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { insertionInto } from '../links/insertion';
import { LinkPicker } from '../links/linkpicker';
import { linkIcon } from '../links/providericons';
import { copyText } from '../panel/clipboard';
import { toMarkdown } from '../reference/reference';
import { IWorkplace } from '../tokens';

const COPY = 'nb-presign:copy-link';
const INSERT = 'nb-presign:insert-link';

export const referencesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:references',
  description: 'Copies links to notebooks, and inserts them into others.',
  autoStart: true,
  requires: [IWorkplace],
  activate: ({ shell }: JupyterFrontEnd, workplace: IWorkplace | null): void => {
    if (workplace === null) {
      return;
    }
    const { place, presign, trans } = workplace;
    const copy = {
      label: trans.__('Copy Link to This Notebook'),
      fileLabel: trans.__('Copy Link to This File'),
      caption: trans.__('Copy a link to this notebook that stays good, for Markdown'),
      icon: linkIcon
    };
    workplace.addForDocument(COPY, copy, async path => {
      // As Markdown, since that is where it works.
      await copyText(toMarkdown(await place.written(path), path.split('/').pop() ?? path));
      Notification.success(trans.__('Copied. Paste it into a Markdown cell.'), { autoClose: 3000 });
    });
    workplace.add(INSERT, {
      label: trans.__('Insert Link to Another Notebook…'),
      caption: trans.__('Insert a link to a notebook on this or another server'),
      icon: linkIcon,
      isEnabled: () => insertionInto(shell.currentWidget) !== null,
      execute: async () => {
        const insert = insertionInto(shell.currentWidget);
        const { button, value } = await showDialog({
          title: trans.__('Insert Link to Another Notebook'),
          body: new LinkPicker({ api: presign.api, place, trans }),
          buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Insert') })],
          focusNodeSelector: 'input[type=search]'
        });
        if (button.accept && value) {
          insert?.(value);
        }
        // Menus and the palette leave the focus nowhere.
        shell.currentWidget?.activate();
      },
      describedBy: { args: { type: 'object', properties: {} } }
    });
  }
};
