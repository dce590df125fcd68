import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';
import { type IGuestSession, readSessions } from './guestsession';

const PATH = 'nb-presign/api/sessions';
/** How often the server is asked while somebody can see the answer, and at most when it is away. */
const FREQUENCY = { interval: 10_000, backoff: true, max: 120_000 };

/** The guests on this server, as its owner sees them. */
export class Guests implements IDisposable {
  constructor(settings: ServerConnection.ISettings) {
    this._settings = settings;
    this._poll = new Poll({
      name: 'nb_presign:guests',
      factory: () => this._ask(),
      frequency: FREQUENCY,
      standby: 'when-hidden',
      linger: 0
    });
  }

  /** Emitted whenever the server was heard, since the time goes on as well. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get sessions(): readonly IGuestSession[] {
    return this._sessions;
  }

  /** Milliseconds that this machine's clock is ahead of the server's. */
  get ahead(): number {
    return this._ahead;
  }

  /** Ask now. */
  async refresh(): Promise<void> {
    await this._poll.refresh();
  }

  /** End one guest's session. Rejects where the server refuses. */
  async end(session: IGuestSession): Promise<void> {
    await this._request(`${PATH}/${encodeURIComponent(session.id)}`, 'DELETE');
    this._keep(this._sessions.filter(({ id }) => id !== session.id));
  }

  /** End all guests' sessions. Rejects where the server refuses. */
  async endAll(): Promise<void> {
    await this._request(PATH, 'DELETE');
    this._keep([]);
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    this._poll.dispose();
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    const response = await this._request(PATH, 'GET');
    const { status } = response;
    if (status === 403 || status === 404) {
      // The server does not have our part, or this is no owner: it will not change.
      void this._poll.stop();
      return;
    }
    const said = Date.parse(response.headers.get('Date') ?? '');
    this._ahead = Number.isNaN(said) ? 0 : Date.now() - said;
    this._keep(readSessions(await response.json()));
  }

  private async _request(path: string, method: 'GET' | 'DELETE'): Promise<Response> {
    const url = URLExt.join(this._settings.baseUrl, path);
    const response = await ServerConnection.makeRequest(url, { method }, this._settings);
    if (!response.ok && (method !== 'GET' || response.status >= 500)) {
      throw await ServerConnection.ResponseError.create(response);
    }
    return response;
  }

  private _keep(sessions: readonly IGuestSession[]): void {
    this._sessions = sessions;
    this._changed.emit();
  }

  private readonly _settings: ServerConnection.ISettings;
  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _sessions: readonly IGuestSession[] = [];
  private _ahead = 0;
}
