import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { PresignError } from '../api/presignerror';
import type { ILink, IMinted } from '../api/values';
import { refreshTime } from './refreshtime';

/** What is used of the server's API. */
export interface IRefreshApi {
  now(): Date;
  refresh(id: string): Promise<IMinted>;
}

interface IFollowed extends IMinted {
  readonly timer: number;
}

/** How long to wait after a failure, ms. */
const RETRY = 10_000;

/**
 * Mints successors of chosen links before they expire, so that a URL that works is at hand.
 *
 * The URLs are in this page's memory only: they are never part of anything that is saved.
 */
export class AutoRefresh implements IDisposable {
  constructor(api: IRefreshApi) {
    this._api = api;
  }

  /** Emitted with each successor. */
  get minted(): ISignal<this, ILink> {
    return this._minted;
  }

  has(family: string): boolean {
    return this._followed.has(family);
  }

  /** Tell the URL of a link that is followed and still good. */
  url(link: ILink): string | null {
    const followed = this._followed.get(link.family);
    return followed?.link.state === 'live' &&
      followed.link.id === link.id &&
      this._api.now() < followed.link.goodUntil
      ? followed.url
      : null;
  }

  /** Take what was minted as the newest of its chain; the chain is followed already, or `isNew`. */
  follow(minted: IMinted, { isNew = false } = {}): void {
    const { family } = minted.link;
    if (isNew || this.has(family)) {
      this.stop(family);
      const due = refreshTime(minted.link, Math.random()).getTime() - this._api.now().getTime();
      this._wait(minted, due);
      this._minted.emit(minted.link);
    }
  }

  /** Follow a chain no more, and forget its URL. */
  stop(family: string): void {
    window.clearTimeout(this._followed.get(family)?.timer);
    this._followed.delete(family);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    for (const family of [...this._followed.keys()]) {
      this.stop(family);
    }
    Signal.clearData(this);
  }

  private _wait(minted: IMinted, wait: number): void {
    const timer = window.setTimeout(() => void this._renew(minted), Math.max(0, wait));
    this._followed.set(minted.link.family, { ...minted, timer });
  }

  private async _renew(minted: IMinted): Promise<void> {
    const { id, family } = minted.link;
    try {
      const successor = await this._api.refresh(id);
      this.follow(successor);
    } catch (thrown) {
      if (!this.has(family)) {
        return;
      }
      if (PresignError.from(thrown).code.startsWith('link-')) {
        // Revoked, or forgotten: it has no successor.
        this.stop(family);
      } else {
        this._wait(minted, RETRY);
      }
    }
  }

  private readonly _api: IRefreshApi;
  private readonly _minted = new Signal<this, ILink>(this);
  private readonly _followed = new Map<string, IFollowed>();
  private _isDisposed = false;
}
