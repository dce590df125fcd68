import { Signal, type ISignal } from '@lumino/signaling';
import { PresignError } from '../api/presignerror';
import type { IProvider, ITarget, ITargetPage, ITargetQuery } from '../api/values';

/** What is used of the server's API. */
export interface ITargetsApi {
  targets(query: ITargetQuery): Promise<ITargetPage>;
  target(reference: string): Promise<ITarget>;
  start(reference: string): Promise<ITarget>;
}

/** In whose account and where to look; empty is as configured. */
export interface IWhere {
  readonly region: string;
  readonly profile: string;
}

/** The targets of one provider, as far as they have been asked for. */
export class TargetGroup {
  constructor(provider: IProvider, api: ITargetsApi) {
    this.provider = provider;
    this._api = api;
  }

  /** What the server says of the provider; replaced when the providers are asked again. */
  provider: IProvider;

  /** Emitted when there is something else to show. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get items(): readonly ITarget[] {
    return this._items;
  }

  /** What could not be listed, as sentences. */
  get problems(): readonly string[] {
    return this._problems;
  }

  get error(): PresignError | null {
    return this._error;
  }

  get isLoading(): boolean {
    return this._loading !== null;
  }

  /** Whether the server was asked at all. */
  get isAsked(): boolean {
    return this._isAsked;
  }

  /** Whether the server has more than was asked for. */
  get hasMore(): boolean {
    return this._cursor !== '';
  }

  /** Ask for the first page, and forget what was there before once it comes. */
  async load(where: IWhere): Promise<void> {
    this._where = where;
    await this._ask('');
  }

  /** Ask for the next page. */
  async more(): Promise<void> {
    if (this.hasMore && !this.isLoading) {
      await this._ask(this._cursor);
    }
  }

  /** Start a stopped target. Rejects where the server refuses. */
  async start(target: ITarget): Promise<void> {
    this._replace(await this._api.start(target.reference));
  }

  /** Look again at those that are on their way, and tell whether any still is. */
  async follow(): Promise<boolean> {
    const starting = this._items.filter(({ state }) => state === 'starting');
    await Promise.all(
      starting.map(async ({ reference }) => {
        this._replace(await this._api.target(reference));
      })
    );
    return this.isStarting;
  }

  get isStarting(): boolean {
    return this._items.some(({ state }) => state === 'starting');
  }

  private async _ask(cursor: string): Promise<void> {
    const query = { provider: this.provider.name, ...this._where, cursor };
    const asked = this._api.targets(query);
    this._loading = asked;
    this._isAsked = true;
    this._changed.emit();
    const [page, error] = await settle(asked);
    if (this._loading !== asked) {
      // Asked again meanwhile, perhaps for another region: only the last answer counts.
      return;
    }
    this._loading = null;
    this._error = error;
    if (page !== null) {
      this._items = cursor === '' ? page.items : merge(this._items, page.items);
      this._problems = page.problems;
      this._cursor = page.cursor;
    } else if (cursor === '') {
      [this._items, this._problems, this._cursor] = [[], [], ''];
    }
    this._changed.emit();
  }

  private _replace(target: ITarget): void {
    this._items = this._items.map(item => (item.reference === target.reference ? target : item));
    this._changed.emit();
  }

  private readonly _api: ITargetsApi;
  private readonly _changed = new Signal<this, void>(this);
  private _where: IWhere = { region: '', profile: '' };
  private _items: readonly ITarget[] = [];
  private _problems: readonly string[] = [];
  private _cursor = '';
  private _error: PresignError | null = null;
  private _loading: Promise<ITargetPage> | null = null;
  private _isAsked = false;
}

async function settle(
  asked: Promise<ITargetPage>
): Promise<[ITargetPage, null] | [null, PresignError]> {
  try {
    return [await asked, null];
  } catch (thrown) {
    return [null, PresignError.from(thrown)];
  }
}

/** Add a page; a list that changes between two pages may tell one target twice. */
function merge(items: readonly ITarget[], more: readonly ITarget[]): readonly ITarget[] {
  return [...new Map([...items, ...more].map(item => [item.reference, item])).values()];
}
