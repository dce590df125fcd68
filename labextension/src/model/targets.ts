import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IProvider } from '../api/values';
import { rankOf } from './providerorder';
import type { Providers } from './providers';
import { type ITargetsApi, type IWhere, TargetGroup } from './targetgroup';

/** How often targets that are on their way are looked at, and at most when the server is away. */
const FREQUENCY = { interval: 5_000, backoff: true, max: 60_000 };

/** The places for which links can be minted, grouped by provider. */
export class Targets implements IDisposable {
  constructor(api: ITargetsApi, providers: Providers) {
    this._api = api;
    this._providers = providers;
    this._poll = new Poll({
      auto: false,
      name: 'nb_presign:targets',
      factory: () => this._follow(),
      frequency: FREQUENCY,
      standby: 'when-hidden'
    });
    providers.changed.connect(this._regroup, this);
  }

  /** Emitted when there are other groups; each group has a signal of its own for what is in it. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get groups(): readonly TargetGroup[] {
    return this._groups;
  }

  get where(): IWhere {
    return this._where;
  }

  /** Look elsewhere, for all groups that were asked for. */
  async look(where: IWhere): Promise<void> {
    this._where = where;
    await this.load();
  }

  /** Ask again for all groups that were asked for. */
  async load(): Promise<void> {
    await Promise.all(this._groups.filter(group => group.isAsked).map(group => this.open(group)));
  }

  /** Ask for the first page of a group. */
  async open(group: TargetGroup): Promise<void> {
    await group.load(this._where);
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    this._poll.dispose();
    Signal.clearData(this);
  }

  private _regroup(): void {
    if (this._providers.error !== null) {
      return;
    }
    const known = new Map(this._groups.map(group => [group.provider.name, group]));
    const items = [...this._providers.items].sort(
      (one, other) => rankOf(one.name) - rankOf(other.name)
    );
    this._groups = items.map(provider => {
      const group = known.get(provider.name) ?? this._make(provider);
      group.provider = provider;
      return group;
    });
    this._changed.emit();
  }

  private _make(provider: IProvider): TargetGroup {
    const group = new TargetGroup(provider, this._api);
    group.changed.connect(this._watch, this);
    return group;
  }

  /** Look again as long as one is on its way. */
  private _watch(group: TargetGroup): void {
    if (group.isStarting && !this._isFollowing) {
      this._isFollowing = true;
      void this._poll.start();
    }
  }

  private async _follow(): Promise<void> {
    const going = await Promise.all(this._groups.map(group => group.follow()));
    if (!going.includes(true)) {
      this._isFollowing = false;
      void this._poll.stop();
    }
  }

  private readonly _api: ITargetsApi;
  private readonly _providers: Providers;
  private readonly _poll: Poll;
  private readonly _changed = new Signal<this, void>(this);
  private _groups: readonly TargetGroup[] = [];
  private _where: IWhere = { region: '', profile: '' };
  private _isFollowing = false;
}
