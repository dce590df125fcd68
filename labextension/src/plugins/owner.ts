import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { PageConfig } from '@jupyterlab/coreutils';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { GUEST_OPTION } from '../guest/guest';
import { GuestCount } from '../owner/guestcount';
import { Guests } from '../owner/guests';
import { placeStatus } from '../place';

export const ownerPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:owner',
  description: 'Shows the owner of a server who is its guest, and ends their sessions.',
  autoStart: true,
  optional: [ITranslator, IStatusBar],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    statusBar: IStatusBar | null
  ): void => {
    if (PageConfig.getOption(GUEST_OPTION) !== '') {
      return;
    }
    const guests = new Guests(app.serviceManager.serverSettings);
    const trans = (translator ?? nullTranslator).load('nb_presign');
    placeStatus(ownerPlugin.id, new GuestCount(guests, trans), { app, statusBar });
  }
};
