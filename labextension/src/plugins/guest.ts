import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { GUEST_OPTION, readGuest } from '../guest';
import { GuestStatus } from '../gueststatus';

export const guestPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:guest',
  description:
    "Keeps a reading guest's notebooks from asking for kernels, and says how long one is a guest.",
  autoStart: true,
  optional: [ITranslator, IStatusBar],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    statusBar: IStatusBar | null
  ): void => {
    const guest = readGuest(PageConfig.getOption(GUEST_OPTION));
    if (guest === null) {
      return;
    }
    if (guest.scope === 'read') {
      app.docRegistry.addWidgetExtension('Notebook', WITHOUT_KERNEL);
    }
    const trans = (translator ?? nullTranslator).load('nb_presign');
    statusBar?.registerStatusItem(guestPlugin.id, {
      item: new GuestStatus(guest, trans),
      align: 'right',
      rank: 1000
    });
  }
};

/** A notebook that starts no kernel; one that runs already is connected to, for watching. */
const WITHOUT_KERNEL: DocumentRegistry.IWidgetExtension<NotebookPanel, DocumentRegistry.IModel> = {
  // Called before the file is read, after which a kernel would be started.
  createNew: ({ sessionContext }) => {
    sessionContext.kernelPreference = {
      ...sessionContext.kernelPreference,
      autoStartDefault: false,
      canStart: false,
      shouldStart: false
    };
  }
};
