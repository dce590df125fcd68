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
/** How often the server is asked beside its events, milliseconds: other processes send it none. */
const CALM = { interval: 120_000, backoff: true, max: 240_000 };
/** The same where something has changed of which no event told. */
const UNTOLD = { interval: 10_000, backoff: true, max: 120_000 };

/** The guests on this server, as its owner sees them. */
export class Guests implements IDisposable {
  constructor(api: IGuestsApi) {
    this._api = api;
    this._poll = new Poll({
      name: 'nb_presign:guests',
      factory: () => this._ask(),
      frequency: CALM,
      standby: 'when-hidden',
      linger: 0
    });
  }

  /** Emitted whenever the server was heard, since the time goes on as well. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get sessions(): readonly IGuestSession[] {
    const now = this.now();
    return this._sessions.filter(({ expiresAt }) => expiresAt > now);
  }

  /** What went wrong when the server was asked last, if anything. */
  get error(): PresignError | null {
    return this._error;
  }

  /** The time by the server's clock. */
  now(): Date {
    return this._api.now();
  }

  /** An event has told that something changed: ask what, and rely on events from now on. */
  async hear(): Promise<void> {
    this._isTold = true;
    this._poll.frequency = CALM;
    await this.refresh();
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
    clearTimeout(this._timer);
    this._poll.dispose();
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    try {
      this._error = null;
      const isTold = this._isTold;
      this._isTold = false;
      const sessions = await this._api.sessions();
      // JupyterLab does not say whether its stream of events is there: what it misses does.
      if (!isTold && this._isAsked && !isSame(sessions, this.sessions)) {
        this._poll.frequency = UNTOLD;
      }
      this._isAsked = true;
      this._keep(sessions);
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
    clearTimeout(this._timer);
    // Of a session that is over by itself there is no event.
    const ends = sessions.map(({ expiresAt }) => expiresAt.getTime());
    if (ends.length > 0) {
      const left = Math.min(...ends) - this.now().getTime();
      this._timer = setTimeout(
        () => {
          this._keep(this.sessions);
        },
        Math.max(left, 0) + 1
      );
    }
  }

  private readonly _api: IGuestsApi;
  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _sessions: readonly IGuestSession[] = [];
  private _error: PresignError | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether an event has told of what the next answer says. */
  private _isTold = false;
  /** Whether the server has answered at all. */
  private _isAsked = false;
}

function isSame(some: readonly IGuestSession[], others: readonly IGuestSession[]): boolean {
  const known = new Set(others.map(({ id }) => id));
  return some.length === known.size && some.every(({ id }) => known.has(id));
}
