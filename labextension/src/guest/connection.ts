import type { ServerConnection } from '@jupyterlab/services';
import { Token } from '@lumino/coreutils';
import { Signal, type ISignal } from '@lumino/signaling';

/** The code that a guest's sockets are closed with at the end; see nb_presign/access/sockets.py. */
const ENDED = 4401;

/** What a guest may ask in any scope, so that a refusal means that the session is over. */
const PROBE = 'api/me';

type Fetch = ServerConnection.ISettings['fetch'];

/** The settings, of which two are replaced. */
type Settings = {
  -readonly [K in keyof ServerConnection.ISettings]: ServerConnection.ISettings[K];
};

/** What others may ask of a guest's connection. */
export interface IGuestConnection {
  /** Emitted once, when the server says that the session is over. */
  readonly ended: ISignal<IGuestConnection, void>;
  /** Go on after the end of this page's session: another tab has begun one. */
  renew(): void;
  /** Send nothing any more. */
  close(): void;
}

export const IGuestConnection = new Token<IGuestConnection | null>(
  'nb_presign:IGuestConnection',
  "The connection of a guest's page; null on an owner's."
);

/**
 * Notices that the server has ended a guest's session, and keeps the page quiet from then on.
 *
 * After the end no request is sent and none is answered, so that no part of the front end reports
 * one by one that it has lost its connection: the page says it once.
 */
export class GuestConnection implements IGuestConnection {
  constructor(settings: ServerConnection.ISettings) {
    // JupyterLab hands this very object to all of its managers, and each reads it when it is used.
    this._settings = settings;
    // Called as `this._fetch(…)`, the browser's own would be called on another object than it wants.
    this._fetch = settings.fetch.bind(null);
    this._settings.fetch = (...args: Parameters<Fetch>) => this._send(...args);
    this._settings.WebSocket = this._watched(settings.WebSocket);
    // Collaboration (y-websocket) takes the browser's own.
    window.WebSocket = this._watched(window.WebSocket);
  }

  get ended(): ISignal<this, void> {
    return this._ended;
  }

  renew(): void {
    this._isRenewed = true;
  }

  close(): void {
    this._isClosed = true;
  }

  private async _send(...args: Parameters<Fetch>): Promise<Response> {
    if (this._isClosed) {
      return never();
    }
    const answer = await this._fetch(...args);
    if ((answer.status === 401 || answer.status === 403) && (await this._isSignedOut())) {
      this._end();
      return never();
    }
    return answer;
  }

  /** Tell a session that is over from a request that its scope does not allow. */
  private _isSignedOut(): Promise<boolean> {
    this._probe ??= this._ask().finally(() => {
      this._probe = null;
    });
    return this._probe;
  }

  private async _ask(): Promise<boolean> {
    const url = `${this._settings.baseUrl}${PROBE}`;
    try {
      const { status } = await this._fetch(url, {
        ...this._settings.init,
        redirect: 'manual'
      });
      return status === 401 || status === 403;
    } catch {
      // The server is away, which is another matter.
      return false;
    }
  }

  private _watched(base: typeof WebSocket): typeof WebSocket {
    return new Proxy(base, {
      construct: (target, args: ConstructorParameters<typeof WebSocket>) => {
        if (this._isClosed) {
          return silentSocket();
        }
        const socket = new target(...args);
        // Before those of the front end, which hears of it when nothing can be sent any more.
        socket.addEventListener('close', ({ code }) => {
          if (code === ENDED) {
            this._endUnlessRenewed();
          }
        });
        return socket;
      }
    });
  }

  /** Where another session has begun, sockets of the one before connect again by themselves. */
  private _endUnlessRenewed(): void {
    if (!this._isRenewed) {
      this._end();
      return;
    }
    void this._isSignedOut().then(isOver => {
      if (isOver) {
        this._end();
      }
    });
  }

  private _end(): void {
    if (!this._isClosed) {
      this.close();
      this._ended.emit();
    }
  }

  private readonly _settings: Settings;
  private readonly _fetch: Fetch;
  private readonly _ended = new Signal<this, void>(this);
  private _probe: Promise<boolean> | null = null;
  private _isRenewed = false;
  private _isClosed = false;
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Make what looks like a socket that is still waiting for its server. */
function silentSocket(): object {
  const ignore = (): void => undefined;
  return Object.assign(new EventTarget(), {
    readyState: WebSocket.CONNECTING,
    bufferedAmount: 0,
    close: ignore,
    send: ignore
  });
}
