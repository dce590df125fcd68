import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';
import { PresignError } from '../api/presignerror';
import type { ILink, IMinted, IMintRequest } from '../api/values';
import { AutoRefresh } from './autorefresh';
import { shownLinks, usesBefore } from './shownlinks';

/** What is used of the server's API. */
export interface ILinksApi {
  now(): Date;
  links(): Promise<readonly ILink[]>;
  mint(request: IMintRequest): Promise<IMinted>;
  refresh(id: string): Promise<IMinted>;
  revoke(id: string): Promise<void>;
}

/** How often the server is asked for uses on other servers, which send no event to this one. */
const FREQUENCY = { interval: 30_000, backoff: true, max: 300_000 };

/** The links that were minted here, without their URLs. */
export class Links implements IDisposable {
  constructor(api: ILinksApi) {
    this._api = api;
    this._autoRefresh = new AutoRefresh(api);
    this._autoRefresh.minted.connect((_, link) => {
      this._put(link);
    }, this);
    this._poll = new Poll({
      auto: false,
      name: 'nb_presign:links',
      factory: () => this._ask(),
      frequency: FREQUENCY,
      standby: 'when-hidden'
    });
  }

  /** Emitted when the server was asked again, whatever it said, and when a link was changed here. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What to show now: of each chain of refreshed links the newest. */
  get items(): readonly ILink[] {
    return shownLinks(this._items, this._api.now());
  }

  get error(): PresignError | null {
    return this._error;
  }

  /** Whether the server has answered at all. */
  get isLoaded(): boolean {
    return this._isLoaded;
  }

  /** The time by the server's clock. */
  now(): Date {
    return this._api.now();
  }

  /** Ask now. Never rejects: what goes wrong is in `error`. */
  async load(): Promise<void> {
    await this._ask().catch(() => undefined);
  }

  /** Whether somebody sees the list: it is asked for from time to time, and now. */
  get isWatched(): boolean {
    return this._isWatched;
  }

  set isWatched(value: boolean) {
    this._isWatched = value;
    void (value ? this._poll.start() : this._poll.stop());
  }

  /** Mint a link; the URL in the answer is kept nowhere else. Rejects where the server refuses. */
  async mint(request: IMintRequest): Promise<IMinted> {
    const minted = await this._api.mint(request);
    this._put(minted.link);
    return minted;
  }

  /** Mint the successor of a link. Rejects where the server refuses. */
  async refresh(link: ILink): Promise<IMinted> {
    const minted = await this._api.refresh(link.id);
    this._put(minted.link);
    this._autoRefresh.follow(minted);
    return minted;
  }

  /** Get a URL of a link: the one at hand if it refreshes itself, else that of a successor. */
  async url(link: ILink): Promise<string> {
    return this._autoRefresh.url(link) ?? (await this.refresh(link)).url;
  }

  /** End a link and the sessions it started. Rejects where the server refuses. */
  async revoke(link: ILink): Promise<void> {
    this._wanted.delete(link.family);
    this._autoRefresh.stop(link.family);
    await this._api.revoke(link.id);
    this._items = this._items.map(item =>
      item.family === link.family ? { ...item, state: 'revoked' } : item
    );
    this._changed.emit();
  }

  /** Count how often those that a link continues were used; revoking it ends these sessions too. */
  usesBefore(link: ILink): number {
    return usesBefore(link, this._items);
  }

  /** Whether it is refreshed by itself, or will be as soon as the server has answered. */
  isAutoRefreshed(link: ILink): boolean {
    return this._wanted.has(link.family) || this._autoRefresh.has(link.family);
  }

  /** Mint successors in time, from now on or no more, as long as the page is there. */
  async setAutoRefresh(link: ILink, wanted: boolean): Promise<void> {
    const { family, id } = link;
    try {
      if (wanted) {
        this._wanted.add(family);
        const minted = await this._api.refresh(id);
        // Unless somebody has thought better of it meanwhile.
        if (this._wanted.has(family)) {
          this._autoRefresh.follow(minted, { isNew: true });
        } else {
          this._put(minted.link);
        }
      } else {
        this._autoRefresh.stop(family);
      }
    } finally {
      this._wanted.delete(family);
      this._changed.emit();
    }
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    this._poll.dispose();
    this._autoRefresh.dispose();
    Signal.clearData(this);
  }

  private async _ask(): Promise<void> {
    try {
      this._items = await this._api.links();
      this._error = null;
      this._isLoaded = true;
    } catch (thrown) {
      this._error = PresignError.from(thrown);
      throw thrown;
    } finally {
      this._changed.emit();
    }
  }

  private _put(link: ILink): void {
    this._items = [link, ...this._items.filter(({ id }) => id !== link.id)];
    this._changed.emit();
  }

  private readonly _api: ILinksApi;
  private readonly _autoRefresh: AutoRefresh;
  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  /** Families whose first successor is on its way. */
  private readonly _wanted = new Set<string>();
  private _items: readonly ILink[] = [];
  private _error: PresignError | null = null;
  private _isLoaded = false;
  private _isWatched = false;
}
