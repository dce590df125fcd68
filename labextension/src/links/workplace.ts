import type { JupyterFrontEnd } from '@jupyterlab/application';
import { type ICommandPalette, Notification } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { type ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { PresignError } from '../api/presignerror';
import { pageIn, Place } from '../reference/place';
import type { IPresign } from '../tokens';
import { Documents } from './documents';
import { SOURCE_ARGS, sourceOf } from './source';

/** What a plugin is given by its front end; all but the application may be missing. */
interface IFrontEnd {
  readonly app: JupyterFrontEnd;
  readonly palette: ICommandPalette | null;
  readonly manager: IDocumentManager | null;
  readonly browsers: IFileBrowserFactory | null;
  readonly translator: ITranslator | null;
}

type Looks = Required<Pick<CommandRegistry.ICommandOptions, 'label' | 'caption' | 'icon'>>;

/** The front end as commands about documents see it: which one is meant, and what it is called. */
export class Workplace {
  constructor(presign: IPresign, { app, palette, manager, browsers, translator }: IFrontEnd) {
    this.app = app;
    this.trans = (translator ?? nullTranslator).load('nb_presign');
    this.place = new Place(presign.api, path => pageIn(app.name, path));
    this._palette = palette;
    this._documents = new Documents({ app, manager, browsers });
  }

  readonly app: JupyterFrontEnd;
  readonly trans: TranslationBundle;
  readonly place: Place;

  /** Add a command, for the palette too. */
  add(command: string, options: CommandRegistry.ICommandOptions): void {
    this.app.commands.addCommand(command, options);
    this._palette?.addItem({ command, category: this.trans.__('Presigned Links') });
  }

  /** Add a command about a document; what goes wrong in it is said. */
  addForDocument(command: string, looks: Looks, execute: (path: string) => Promise<void>): void {
    this.add(command, {
      ...looks,
      isEnabled: args => this._documents.path(sourceOf(args)) !== '',
      execute: async args => {
        try {
          await execute(this._documents.path(sourceOf(args)));
        } catch (thrown) {
          const { message, hint } = PresignError.from(thrown);
          Notification.error(`${message} ${hint}`.trim());
        }
      },
      describedBy: SOURCE_ARGS
    });
  }

  private readonly _palette: ICommandPalette | null;
  private readonly _documents: Documents;
}
