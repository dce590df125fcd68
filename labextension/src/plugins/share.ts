import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { PresignError } from '../api/presignerror';
import { Documents } from '../links/documents';
import { shareIcon } from '../links/providericons';
import { share } from '../links/sharedialog';
import { SOURCE_ARGS, sourceOf } from '../links/source';
import { pageIn, Place } from '../reference/place';
import { IPresign } from '../tokens';

const SHARE = 'nb-presign:share-document';

export const sharePlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:share',
  description: 'Makes links by which others may open a notebook.',
  autoStart: true,
  requires: [IPresign],
  optional: [ICommandPalette, IDocumentManager, IFileBrowserFactory, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    presign: IPresign | null,
    palette: ICommandPalette | null,
    manager: IDocumentManager | null,
    browsers: IFileBrowserFactory | null,
    translator: ITranslator | null
  ): void => {
    if (presign === null) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('nb_presign');
    const documents = new Documents({ app, manager, browsers });
    const place = new Place(presign.api, path => pageIn(app.name, path));
    app.commands.addCommand(SHARE, {
      label: trans.__('Share This Notebook…'),
      caption: trans.__('Make a link by which others may open this notebook for a while'),
      icon: shareIcon,
      isEnabled: args => documents.path(sourceOf(args)) !== '',
      execute: async args => {
        const path = documents.path(sourceOf(args));
        try {
          const reference = await place.reference(path);
          await share({ reference, path, links: presign.links, trans });
        } catch (thrown) {
          const { message, hint } = PresignError.from(thrown);
          Notification.error(`${message} ${hint}`.trim());
        }
      },
      describedBy: SOURCE_ARGS
    });
    palette?.addItem({ command: SHARE, category: trans.__('Presigned Links') });
  }
};
