import { Signal, type ISignal } from '@lumino/signaling';
import type { IDisposable } from '@lumino/disposable';
import { isScope } from '../scope';
import type { IGuest } from './guest';

/**
 * Tells a guest's other tabs on the same server of the session that this page has begun.
 *
 * A browser has one such session a server: whoever opens another link goes on with it in all tabs.
 */
export class Renewals implements IDisposable {
  constructor(guest: IGuest, baseUrl: string) {
    this._guest = guest;
    this._channel = new BroadcastChannel(`nb_presign:guest:${baseUrl}`);
    this._channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      this._hear(data);
    });
    this._channel.postMessage({ scope: guest.scope, expiresAt: guest.expiresAt.getTime() });
  }

  /** Emitted with its end when another page has begun a session like this page's. */
  get renewed(): ISignal<this, Date> {
    return this._renewed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._channel.close();
    Signal.clearData(this);
  }

  private _hear(data: unknown): void {
    const { scope, expiresAt } = (data ?? {}) as Record<string, unknown>;
    // What this page shows as possible would not be, in a session of another scope.
    if (isScope(scope) && scope === this._guest.scope && typeof expiresAt === 'number') {
      this._renewed.emit(new Date(expiresAt));
    }
  }

  private readonly _guest: IGuest;
  private readonly _channel: BroadcastChannel;
  private readonly _renewed = new Signal<this, Date>(this);
  private _isDisposed = false;
}
