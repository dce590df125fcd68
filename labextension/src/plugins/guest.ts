import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Kernel } from '@jupyterlab/services';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { GuestConnection, IGuestConnection } from '../guest/connection';
import { GUEST_OPTION, pageArrival, readGuest } from '../guest/guest';
import { GuestStay } from '../guest/gueststay';
import { ReadersCells } from '../guest/readerscells';
import { placeStatus } from '../place';
import { WatchedKernel } from '../guest/watchedkernel';

export const connectionPlugin: JupyterFrontEndPlugin<IGuestConnection | null> = {
  id: 'nb_presign:guest-connection',
  description: "Watches a guest's connection for the end of the session.",
  autoStart: true,
  // Waits for nobody, so that no other plugin has opened a socket before.
  provides: IGuestConnection,
  activate: ({ serviceManager }: JupyterFrontEnd) =>
    PageConfig.getOption(GUEST_OPTION) === ''
      ? null
      : new GuestConnection(serviceManager.serverSettings)
};

export const guestPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:guest',
  description:
    "Keeps a reading guest's notebooks from asking for kernels, says how long one is a guest, and when that is over.",
  autoStart: true,
  requires: [IGuestConnection],
  optional: [ITranslator, IStatusBar, IDocumentManager],
  activate: (
    app: JupyterFrontEnd,
    connection: IGuestConnection | null,
    translator: ITranslator | null,
    statusBar: IStatusBar | null,
    manager: IDocumentManager | null
  ): void => {
    const guest = readGuest(PageConfig.getOption(GUEST_OPTION), pageArrival());
    if (guest === null || connection === null) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('nb_presign');
    if (guest.scope === 'read') {
      const { kernels } = app.serviceManager;
      app.docRegistry.addWidgetExtension('Notebook', withoutKernel(kernels, trans));
    }
    const stay = new GuestStay(guest, connection, { app, manager, trans });
    placeStatus(guestPlugin.id, stay.status, { app, statusBar });
  }
};

/** Make notebooks start no kernel; one that runs already is connected to, for watching. */
function withoutKernel(
  kernels: Kernel.IManager,
  trans: TranslationBundle
): DocumentRegistry.IWidgetExtension<NotebookPanel, DocumentRegistry.IModel> {
  let said = '';
  const say = (): void => {
    // Once, however often it is tried.
    Notification.dismiss(said);
    said = Notification.info(trans.__('Nothing is run here: this guest session is read-only.'), {
      autoClose: 5000
    });
  };
  return {
    // Called before the file is read, after which a kernel would be started.
    createNew: panel => {
      const { sessionContext } = panel;
      new WatchedKernel(sessionContext, kernels);
      new ReadersCells(panel, say);
      sessionContext.kernelPreference = {
        ...sessionContext.kernelPreference,
        autoStartDefault: false,
        canStart: false,
        shouldStart: false
      };
    }
  };
}
