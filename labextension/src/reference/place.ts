import type { IServer } from '../api/values';
import { below, formatReference, type IReference, parseReference } from './reference';

/** What tells which server this is. */
interface IServerSource {
  server(): Promise<IServer>;
}

/** Says how others name this server, and the documents on it. */
export class Place {
  /** `pages` is where the front end shows documents, such as `lab/tree`. */
  constructor(source: IServerSource, pages: (path: string) => string) {
    this._source = source;
    this._pages = pages;
  }

  /** Ask who this server is; once, as it stays the same while the page is open. */
  async server(): Promise<IServer> {
    this._server ??= this._source.server().catch((error: unknown) => {
      this._server = null;
      throw error;
    });
    return this._server;
  }

  /** Name this server, or one document on it by its path below the server's root directory. */
  async reference(path = ''): Promise<IReference> {
    const { here, name } = await this.server();
    const place = parseReference(here) ?? { provider: 'jupyter', id: name, path: '', options: [] };
    return path === '' ? place : below(place, this._pages(path));
  }

  /** The same as a text, to be saved or sent. */
  async written(path = ''): Promise<string> {
    return formatReference(await this.reference(path));
  }

  private readonly _source: IServerSource;
  private readonly _pages: (path: string) => string;
  private _server: Promise<IServer> | null = null;
}

/** The page of a document in a front end of this name: JupyterLab's, or Notebook's. */
export function pageIn(frontEnd: string, path: string): string {
  if (frontEnd === 'JupyterLab') {
    return `lab/tree/${path}`;
  }
  return path.endsWith('.ipynb') ? `notebooks/${path}` : `edit/${path}`;
}
