import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import type { Widget } from '@lumino/widgets';
import type { Source } from './source';

interface IFrontEnd {
  readonly app: JupyterFrontEnd;
  readonly manager: IDocumentManager | null;
  readonly browsers: IFileBrowserFactory | null;
}

/** Finds the document that a command is about. */
export class Documents {
  constructor({ app, manager, browsers }: IFrontEnd) {
    this._app = app;
    this._manager = manager;
    this._browsers = browsers;
  }

  /** Its path below the server's root directory; empty if there is none, or not on this server. */
  path(source: Source): string {
    if (source === 'browser') {
      const [item] = this._browsers?.tracker.currentWidget?.selectedItems() ?? [];
      return item === undefined || item.type === 'directory' ? '' : this._here(item.path);
    }
    const widget = source === 'tab' ? this._widgetOfTab() : this._app.shell.currentWidget;
    const context = widget === null ? undefined : this._manager?.contextForWidget(widget);
    return context === undefined ? '' : this._here(context.path);
  }

  /** The document whose tab has the context menu. */
  private _widgetOfTab(): Widget | null {
    const { id } =
      this._app.contextMenuHitTest(node => node.dataset.id !== undefined)?.dataset ?? {};
    return [...this._app.shell.widgets('main')].find(widget => widget.id === id) ?? null;
  }

  /** What other servers know nothing of are files of other drives, collaboration's aside. */
  private _here(path: string): string {
    const { contents } = this._app.serviceManager;
    const drive = contents.driveName(path);
    return drive === '' || drive === 'RTC' ? contents.localPath(path) : '';
  }

  private readonly _app: JupyterFrontEnd;
  private readonly _manager: IDocumentManager | null;
  private readonly _browsers: IFileBrowserFactory | null;
}
