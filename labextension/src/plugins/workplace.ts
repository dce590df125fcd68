import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator } from '@jupyterlab/translation';
import { Workplace } from '../links/workplace';
import { IPresign, IWorkplace } from '../tokens';

export const workplacePlugin: JupyterFrontEndPlugin<IWorkplace | null> = {
  id: 'nb_presign:workplace',
  description: 'Lets other plugins add commands about the document that somebody is at.',
  autoStart: true,
  provides: IWorkplace,
  requires: [IPresign],
  optional: [ICommandPalette, IDocumentManager, IFileBrowserFactory, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    presign: IPresign | null,
    palette: ICommandPalette | null,
    manager: IDocumentManager | null,
    browsers: IFileBrowserFactory | null,
    translator: ITranslator | null
  ): IWorkplace | null =>
    presign === null
      ? null
      : new Workplace(presign, { app, palette, manager, browsers, translator })
};
