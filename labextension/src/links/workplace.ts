import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ICommandPalette } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { type ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { pageIn, Place } from '../reference/place';
import type { IPresign } from '../tokens';
import { Documents } from './documents';
import { notifyTrouble } from './notifytrouble';
import { SOURCE_ARGS, sourceOf } from './source';

/** What a plugin is given by its front end; all but the application may be missing. */
interface IFrontEnd {
  readonly app: JupyterFrontEnd;
  readonly palette: ICommandPalette | null;
  readonly manager: IDocumentManager | null;
  readonly browsers: IFileBrowserFactory | null;
  readonly translator: ITranslator | null;
}

/** How a command about a document looks. */
interface ILooks {
  /** What it is called where the document is a notebook, or there is none. */
  readonly label: string;
  /** What it is called where the document is any other file. */
  readonly fileLabel: string;
  readonly caption: string;
  readonly icon: LabIcon;
}

/** The front end as commands about documents see it: which one is meant, and what it is called. */
export class Workplace {
  constructor(presign: IPresign, { app, palette, manager, browsers, translator }: IFrontEnd) {
    this.app = app;
    this.presign = presign;
    this.trans = (translator ?? nullTranslator).load('nb_presign');
    this.place = new Place(presign.api, path => pageIn(app.name, path));
    this._palette = palette;
    this._documents = new Documents({ app, manager, browsers });
  }

  readonly app: JupyterFrontEnd;
  readonly presign: IPresign;
  readonly trans: TranslationBundle;
  readonly place: Place;

  /** Add a command, for the palette too. */
  add(command: string, options: CommandRegistry.ICommandOptions): void {
    this.app.commands.addCommand(command, options);
    this._palette?.addItem({ command, category: this.trans.__('Presigned Links') });
  }

  /** Add a command about a document; what goes wrong in it is said. */
  addForDocument(command: string, looks: ILooks, execute: (path: string) => Promise<void>): void {
    const { label, fileLabel, caption, icon } = looks;
    const pathFor = (args: ReadonlyPartialJSONObject): string =>
      this._documents.path(sourceOf(args));
    this.add(command, {
      label: args => (isNotebook(pathFor(args)) ? label : fileLabel),
      caption,
      icon,
      isEnabled: args => pathFor(args) !== '',
      execute: async args => {
        try {
          await execute(pathFor(args));
        } catch (thrown) {
          notifyTrouble(thrown);
        }
      },
      describedBy: SOURCE_ARGS
    });
  }

  private readonly _palette: ICommandPalette | null;
  private readonly _documents: Documents;
}

function isNotebook(path: string): boolean {
  return path === '' || path.endsWith('.ipynb');
}
