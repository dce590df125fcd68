import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator } from '@jupyterlab/translation';
import { shareIcon } from '../links/providericons';
import { share } from '../links/sharedialog';
import { Workplace } from '../links/workplace';
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
    const workplace = new Workplace(presign, { app, palette, manager, browsers, translator });
    const { place, trans } = workplace;
    const looks = {
      label: trans.__('Share This Notebook…'),
      caption: trans.__('Make a link by which others may open this notebook for a while'),
      icon: shareIcon
    };
    workplace.addForDocument(SHARE, looks, async path => {
      const reference = await place.reference(path);
      await share({ reference, path, links: presign.links, trans });
    });
  }
};
