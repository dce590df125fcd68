import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { GuestCount } from '../owner/guestcount';
import { placeStatus } from '../place';
import { IPresign } from '../tokens';

export const ownerPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:owner',
  description: 'Shows the owner of a server who is its guest, and ends their sessions.',
  autoStart: true,
  requires: [IPresign],
  optional: [ITranslator, IStatusBar],
  activate: (
    app: JupyterFrontEnd,
    presign: IPresign | null,
    translator: ITranslator | null,
    statusBar: IStatusBar | null
  ): void => {
    if (presign === null) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('nb_presign');
    placeStatus(ownerPlugin.id, new GuestCount(presign.guests, trans), { app, statusBar });
  }
};
