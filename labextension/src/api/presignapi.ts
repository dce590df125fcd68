import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { type IGuestSession, readSessions } from '../owner/guestsession';
import {
  readFolder,
  readLink,
  readList,
  readMinted,
  readProvider,
  readServer,
  readTarget,
  readTargetPage
} from './guards';
import { PresignError } from './presignerror';
import type {
  IFolder,
  ILink,
  IMinted,
  IMintRequest,
  IProvider,
  IServer,
  ITarget,
  ITargetPage,
  ITargetQuery
} from './values';

type Method = 'GET' | 'POST' | 'DELETE';

const PATH = 'nb-presign';
/** Milliseconds that the clocks may be apart before it counts; a Date header has whole seconds. */
const TOLERANCE = 2000;

/** The server's REST API. Whatever goes wrong is a `PresignError`. */
export class PresignApi {
  constructor(settings: ServerConnection.ISettings) {
    this._settings = settings;
  }

  /** The time by the server's clock, as far as its answers have told it. */
  now(): Date {
    return new Date(Date.now() - this._ahead);
  }

  async server(): Promise<IServer> {
    return understood(readServer(await this._ask('GET', 'api/server')));
  }

  async providers(): Promise<readonly IProvider[]> {
    return readList(await this._ask('GET', 'api/providers'), readProvider);
  }

  async targets(query: ITargetQuery): Promise<ITargetPage> {
    return understood(readTargetPage(await this._ask('GET', 'api/targets', { query })));
  }

  async target(reference: string): Promise<ITarget> {
    const query = { target: reference };
    return understood(readTarget(await this._ask('GET', 'api/target', { query })));
  }

  /** List the folders and notebooks in one folder on a target. */
  async notebooks(reference: string, folder: string): Promise<IFolder> {
    const query = { target: reference, folder };
    return understood(readFolder(await this._ask('GET', 'api/notebooks', { query })));
  }

  /** Start a stopped target, which may cost money; it is ready some time later. */
  async start(reference: string): Promise<ITarget> {
    const body = { target: reference };
    return understood(readTarget(await this._ask('POST', 'api/target/start', { body })));
  }

  async mint(request: IMintRequest): Promise<IMinted> {
    const body = write(request);
    return understood(readMinted(await this._ask('POST', 'api/links', { body })));
  }

  async links(): Promise<readonly ILink[]> {
    return readList(await this._ask('GET', 'api/links'), readLink);
  }

  /** Mint the successor of a link. */
  async refresh(id: string): Promise<IMinted> {
    const path = `api/links/${encodeURIComponent(id)}/refresh`;
    return understood(readMinted(await this._ask('POST', path, { body: {} })));
  }

  /** End a link, those that it continues, and the sessions of all of them. */
  async revoke(id: string): Promise<void> {
    await this._ask('DELETE', `api/links/${encodeURIComponent(id)}`);
  }

  /** List the guests on this server. */
  async sessions(): Promise<readonly IGuestSession[]> {
    return readSessions(await this._ask('GET', 'api/sessions'));
  }

  /** End one guest's session, or all. */
  async endSessions(id?: string): Promise<void> {
    await this._ask('DELETE', URLExt.join('api/sessions', encodeURIComponent(id ?? '')));
  }

  /** Tell where the owner's own click leads: the server mints, and redirects. */
  openUrl(reference: string): string {
    return this._url('open', { target: reference });
  }

  private async _ask(
    method: Method,
    path: string,
    { query, body }: { query?: object; body?: object } = {}
  ): Promise<unknown> {
    const init: RequestInit = { method };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { 'Content-Type': 'application/json' };
    }
    const response = await this._send(this._url(path, query), init);
    this._setClock(response.headers.get('Date'));
    const answer = await readJson(response);
    if (!response.ok) {
      throw PresignError.of(answer, response.status);
    }
    return answer;
  }

  private async _send(url: string, init: RequestInit): Promise<Response> {
    try {
      return await ServerConnection.makeRequest(url, init, this._settings);
    } catch {
      throw new PresignError('offline', 'The Jupyter server does not answer.');
    }
  }

  private _url(path: string, query: object = {}): string {
    const asked = Object.entries(query).filter(([, value]) => value !== '' && value !== undefined);
    return (
      URLExt.join(this._settings.baseUrl, PATH, path) +
      (asked.length === 0 ? '' : `?${new URLSearchParams(asked).toString()}`)
    );
  }

  private _setClock(said: string | null): void {
    const ahead = Date.now() - Date.parse(said ?? '');
    if (Math.abs(ahead - this._ahead) > TOLERANCE) {
      this._ahead = ahead;
    }
  }

  private readonly _settings: ServerConnection.ISettings;
  /** Milliseconds that this machine's clock is ahead of the server's. */
  private _ahead = 0;
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

function understood<T>(value: T | null): T {
  if (value === null) {
    throw new PresignError('bad-answer', 'The server answered something else than was asked.');
  }
  return value;
}

/** The names of the fields on the wire; those without a value are not written. */
function write(request: IMintRequest): object {
  return {
    target: request.target,
    path: request.path,
    expires_in: request.expiresIn,
    session_seconds: request.sessionSeconds,
    scope: request.scope,
    max_uses: request.maxUses,
    allowed_ips: request.allowedIps,
    within: request.within,
    note: request.note,
    interactive: request.isInteractive
  };
}
