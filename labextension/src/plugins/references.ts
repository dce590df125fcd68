import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, Notification, showDialog } from '@jupyterlab/apputils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { ITranslator, nullTranslator, type TranslationBundle } from '@jupyterlab/translation';
import { PresignError } from '../api/presignerror';
import { Documents } from '../links/documents';
import { insertionInto } from '../links/insertion';
import { LinkPicker } from '../links/linkpicker';
import { linkIcon } from '../links/providericons';
import { SOURCE_ARGS, sourceOf } from '../links/source';
import { copyText } from '../panel/clipboard';
import { pageIn, Place } from '../reference/place';
import { toMarkdown } from '../reference/reference';
import { IPresign } from '../tokens';

const COPY = 'nb-presign:copy-link';
const INSERT = 'nb-presign:insert-link';

export const referencesPlugin: JupyterFrontEndPlugin<void> = {
  id: 'nb_presign:references',
  description: 'Copies links to notebooks, and inserts them into others.',
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
    const { commands, serviceManager } = app;
    const files = async (directory: string): Promise<string[]> => {
      const listed = await serviceManager.contents.get(directory);
      return filesIn(listed.content);
    };
    commands.addCommand(COPY, {
      label: trans.__('Copy Link to This Notebook'),
      caption: trans.__('Copy a link to this notebook that stays good, for Markdown'),
      icon: linkIcon,
      isEnabled: args => documents.path(sourceOf(args)) !== '',
      execute: async args => {
        await tell(copy(documents.path(sourceOf(args)), place), trans);
      },
      describedBy: SOURCE_ARGS
    });
    commands.addCommand(INSERT, {
      label: trans.__('Insert Link to Another Notebook…'),
      caption: trans.__('Insert a link to a notebook on this or another server'),
      icon: linkIcon,
      isEnabled: () => insertionInto(app.shell.currentWidget) !== null,
      execute: async () => {
        const insert = insertionInto(app.shell.currentWidget);
        const { button, value } = await showDialog({
          title: trans.__('Insert Link to Another Notebook'),
          body: new LinkPicker({ api: presign.api, place, files, trans }),
          buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Insert') })],
          focusNodeSelector: 'input[type=search]'
        });
        if (button.accept && value) {
          insert?.(value);
        }
      },
      describedBy: { args: { type: 'object', properties: {} } }
    });
    for (const command of [COPY, INSERT]) {
      palette?.addItem({ command, category: trans.__('Presigned Links') });
    }
  }
};

/** Copy a link as Markdown, since that is where it works. */
async function copy(path: string, place: Place): Promise<void> {
  const reference = await place.written(path);
  await copyText(toMarkdown(reference, path.split('/').pop() ?? path));
}

async function tell(copying: Promise<void>, trans: TranslationBundle): Promise<void> {
  try {
    await copying;
    Notification.success(trans.__('Copied. Paste it into a Markdown cell.'), { autoClose: 3000 });
  } catch (thrown) {
    const { message, hint } = PresignError.from(thrown);
    Notification.error(`${message} ${hint}`.trim());
  }
}

/** Read the answer of Jupyter's contents API: paths of directories end with a slash. */
function filesIn(content: unknown): string[] {
  const items: unknown[] = Array.isArray(content) ? content : [];
  return items.flatMap(item => {
    const { path, type } = (item ?? {}) as Record<string, unknown>;
    return typeof path === 'string' ? [type === 'directory' ? `${path}/` : path] : [];
  });
}
