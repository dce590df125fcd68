import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';
import { PresignError } from '../api/presignerror';
import type { IGuestSession } from './guestsession';

/** What is used of the server's API. */
export interface IGuestsApi {
  now(): Date;
  sessions(): Promise<readonly IGuestSession[]>;
  endSessions(id?: string): Promise<void>;
}

/** Refusals that stay: the server does not have our part, or this is no owner. */
const FINAL: readonly string[] = ['not-enabled', 'not-allowed', 'unauthenticated'];
/** How often the server is asked while somebody can see the answer, and at most when it is away. */
const FREQUENCY = { interval: 10_000, backoff: true, max: 120_000 };

/** The guests on this server, as its owner sees them. */
export class Guests implements IDisposable {
  constructor(api: IGuestsApi) {
    this._api = api;
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

  /** What went wrong when the server was asked last, if anything. */
  get error(): PresignError | null {
    return this._error;
  }

  /** The time by the server's clock. */
  now(): Date {
    return this._api.now();
  }

  /** Ask now. */
  async refresh(): Promise<void> {
    await this._poll.refresh();
  }

  /** End one guest's session. Rejects where the server refuses. */
  async end(session: IGuestSession): Promise<void> {
    await this._api.endSessions(session.id);
    this._keep(this._sessions.filter(({ id }) => id !== session.id));
  }

  /** End all guests' sessions. Rejects where the server refuses. */
  async endAll(): Promise<void> {
    await this._api.endSessions();
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
    try {
      this._error = null;
      this._keep(await this._api.sessions());
    } catch (thrown) {
      this._error = PresignError.from(thrown);
      this._changed.emit();
      if (!FINAL.includes(this._error.code)) {
        throw thrown;
      }
      void this._poll.stop();
    }
  }

  private _keep(sessions: readonly IGuestSession[]): void {
    this._sessions = sessions;
    this._changed.emit();
  }

  private readonly _api: IGuestsApi;
  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _sessions: readonly IGuestSession[] = [];
  private _error: PresignError | null = null;
}
