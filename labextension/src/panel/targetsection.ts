import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import type { ITarget } from '../api/values';
import { element } from '../element';
import type { TargetGroup } from '../model/targetgroup';
import type { IPresign } from '../tokens';
import { sayCosts } from '../words';
import { OtherPlaces } from './otherplaces';
import { Section } from './section';
import { TargetGroupView } from './targetgroupview';
import type { ITargetActs } from './targetrow';
import { trouble } from './trouble';
import { Where } from './where';

/** Providers that know neither regions nor profiles, as all those of AWS do. */
const NOWHERE: readonly string[] = ['jupyter', 'session', 'hub'];

/** The places for which links can be minted. */
export class TargetSection extends Section {
  constructor(presign: IPresign, trans: TranslationBundle) {
    super(trans.__('Targets'), trans);
    this.addClass('jp-PresignTargets');
    this._presign = presign;
    this._where = new Where(trans);
    this._where.node.hidden = true;
    this._where.changed.connect((_, where) => {
      void presign.targets.look(where);
    }, this);
    this._others = new OtherPlaces(trans);
    this.body.append(this._told, this._where.node, this._groups, this._others.node);
    presign.providers.changed.connect(this._tell, this);
    presign.targets.changed.connect(this._regroup, this);
    this._regroup();
  }

  /** Emitted when somebody wants to make a link to a target. */
  get shared(): ISignal<this, ITarget> {
    return this._shared;
  }

  /** Which providers' groups are opened by themselves. */
  set opened(names: readonly string[]) {
    this._opened = names;
  }

  /** Show where is looked. */
  showWhere(): void {
    this._where.set(this._presign.targets.where);
  }

  filter(text: string): void {
    this._filter = text;
    for (const view of this._views.values()) {
      view.filter(text);
    }
  }

  override dispose(): void {
    for (const view of this._views.values()) {
      view.dispose();
    }
    Signal.clearData(this);
    super.dispose();
  }

  private _regroup(): void {
    const isShown = ({ provider }: TargetGroup): boolean =>
      provider.isUsable || provider.isConfigured;
    const { groups } = this._presign.targets;
    const shown = groups.filter(isShown);
    const names = new Set(shown.map(({ provider }) => provider.name));
    for (const [name, view] of this._views) {
      if (!names.has(name)) {
        view.dispose();
        this._views.delete(name);
      }
    }
    for (const group of shown) {
      const view = this._views.get(group.provider.name) ?? this._make(group);
      view.update();
    }
    this._others.show(groups.filter(group => !isShown(group)).map(({ provider }) => provider));
    this._where.node.hidden = shown.every(({ provider }) => NOWHERE.includes(provider.name));
    this._tell();
  }

  private _make(group: TargetGroup): TargetGroupView {
    const { targets } = this._presign;
    const view = new TargetGroupView(group, this._acts(group), {
      ask: () => void targets.open(group),
      trans: this.trans
    });
    view.filter(this._filter);
    this._views.set(group.provider.name, view);
    this._groups.append(view.node);
    if (this._opened.includes(group.provider.name) && group.provider.isUsable) {
      view.setOpen(true);
    }
    return view;
  }

  private _tell(): void {
    const { error, items } = this._presign.providers;
    const isEmpty = items.length === 0 && this._presign.targets.groups.length === 0;
    this._told.replaceChildren(
      ...(error !== null
        ? [trouble({ message: error.message, hint: error.hint }, this.trans)]
        : isEmpty
          ? [element('p', 'jp-PresignEmpty', this.trans.__('Looking…'))]
          : [])
    );
  }

  private _acts(group: TargetGroup): ITargetActs {
    return {
      open: target => void this._open(target),
      share: target => {
        this._shared.emit(target);
      },
      start: target => void this._start(group, target)
    };
  }

  private async _open({ reference, title }: ITarget): Promise<void> {
    const opening = this._presign.opener.open(reference);
    const url = await this.notice.tell(opening, this.trans.__('Opened %1.', title));
    if (typeof url === 'string') {
      const link = element('a', 'jp-PresignAnchor', this.trans.__('Open %1', title));
      link.href = url;
      link.target = '_blank';
      link.rel = 'noopener noreferrer';
      link.addEventListener('click', () => {
        this.notice.say('');
      });
      this.notice.show(this.trans.__('The browser kept the tab closed.') + ' ', link);
    }
  }

  private async _start(group: TargetGroup, target: ITarget): Promise<void> {
    const { title } = target;
    const trans = this.trans;
    const { button } = await showDialog({
      title: trans.__('Start %1?', title),
      body: sayCosts(target, trans),
      buttons: [
        Dialog.cancelButton({ label: trans.__('Cancel') }),
        Dialog.okButton({ label: trans.__('Start') })
      ]
    });
    if (button.accept) {
      await this.notice.tell(group.start(target), trans.__('%1 is starting.', title));
    }
  }

  private readonly _presign: IPresign;
  private readonly _shared = new Signal<this, ITarget>(this);
  private readonly _views = new Map<string, TargetGroupView>();
  private readonly _where: Where;
  private readonly _told = element('div', '');
  private readonly _groups = element('div', '');
  private readonly _others: OtherPlaces;
  private _opened: readonly string[] = [];
  private _filter = '';
}
