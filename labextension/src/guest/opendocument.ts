import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { DocumentRegistry } from '@jupyterlab/docregistry';

/** A document that is open on the page, with whatever its reader has typed into it. */
export interface IOpenDocument {
  readonly name: string;
  /** Whether it has changes that are nowhere but on this page. */
  readonly isUnsaved: boolean;
  save(): Promise<void>;
  /** Have the browser keep a copy, without the server. */
  download(): void;
}

/** Find all open documents, the one in front first. */
export function openDocuments(
  shell: JupyterFrontEnd.IShell,
  manager: IDocumentManager
): IOpenDocument[] {
  const widgets = [...shell.widgets('main')];
  const front = shell.currentWidget;
  if (front !== null) {
    widgets.unshift(front);
  }
  const contexts = widgets
    .map(widget => manager.contextForWidget(widget))
    .filter(context => context !== undefined);
  return [...new Set(contexts)].map(openDocument);
}

function openDocument(context: DocumentRegistry.Context): IOpenDocument {
  const { path, model } = context;
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    name,
    isUnsaved: model.dirty,
    save: () => context.save(),
    download: () => {
      keep(name, contentOf(model));
    }
  };
}

/** Write a document as its file would be; of a notebook, as Jupyter's servers format it. */
function contentOf(model: DocumentRegistry.IModel): string {
  const content: unknown = model.toJSON();
  const isNotebook = typeof content === 'object' && content !== null && 'nbformat' in content;
  return isNotebook ? `${JSON.stringify(content, null, 1)}\n` : model.toString();
}

function keep(name: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content]));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // The browser reads it after this.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
