import { Signal, type ISignal } from '@lumino/signaling';
import { PresignError } from '../api/presignerror';
import type { IProvider } from '../api/values';

/** What is used of the server's API. */
export interface IProvidersApi {
  providers(): Promise<readonly IProvider[]>;
}

/** The kinds of places for which links can be minted here. */
export class Providers {
  constructor(api: IProvidersApi) {
    this._api = api;
  }

  /** Emitted when the server was asked again, whatever it said. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get items(): readonly IProvider[] {
    return this._items;
  }

  /** What went wrong when the server was asked last, if anything. */
  get error(): PresignError | null {
    return this._error;
  }

  /** Ask the server. Never rejects: what goes wrong is in `error`. */
  async load(): Promise<void> {
    try {
      this._items = await this._api.providers();
      this._error = null;
    } catch (thrown) {
      this._error = PresignError.from(thrown);
    }
    this._changed.emit();
  }

  private readonly _api: IProvidersApi;
  private readonly _changed = new Signal<this, void>(this);
  private _items: readonly IProvider[] = [];
  private _error: PresignError | null = null;
}
