import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon } from '@jupyterlab/ui-components';
import type { IDisposable } from '@lumino/disposable';
import type { ITarget } from '../api/values';
import { element } from '../element';
import { iconOf } from '../links/providericons';
import type { TargetGroup } from '../model/targetgroup';
import { LongList } from './longlist';
import { type ITargetActs, TargetRow } from './targetrow';
import { trouble } from './trouble';

/** The targets of one provider, below a heading that opens and closes. */
export class TargetGroupView implements IDisposable {
  /** `ask` is called when it is opened for the first time. */
  constructor(
    group: TargetGroup,
    acts: ITargetActs,
    { ask, trans }: { ask: () => void; trans: TranslationBundle }
  ) {
    this._group = group;
    this._trans = trans;
    this._ask = ask;
    const { name, title } = group.provider;
    this.node.dataset.provider = name;
    this._toggle.type = 'button';
    this._toggle.append(
      caretDownIcon.element({ tag: 'span', className: 'jp-PresignGroup-caret' }),
      iconOf(name).element({ tag: 'span', stylesheet: 'menuItem' }),
      element('span', 'jp-PresignGroup-title', title),
      this._count
    );
    // There may be no room for all of it.
    this._toggle.title = title;
    this._toggle.addEventListener('click', () => {
      this.setOpen(!this.isOpen);
      this._isTurned = this.isOpen;
      this._showTurned();
    });
    this._list = new LongList({
      label: title,
      moreLabel: trans.__('Show more'),
      keyOf: ({ reference }) => reference,
      make: target => new TargetRow(target, acts, trans),
      more: () => void group.more()
    });
    this._body.append(this._told, this._list.node);
    this.node.append(element('h3', 'jp-PresignGroup-heading', this._toggle), this._body);
    group.changed.connect(this.update, this);
    this.setOpen(false);
  }

  readonly node = element('section', 'jp-PresignGroup');

  get isOpen(): boolean {
    return !this._body.hidden;
  }

  setOpen(isOpen: boolean): void {
    this._body.hidden = !isOpen;
    this._toggle.setAttribute('aria-expanded', String(isOpen));
    if (isOpen && !this._group.isAsked && this._group.provider.isUsable) {
      this._ask();
    }
    this.update();
  }

  /** Show only what has this in it, whatever its case. */
  filter(text: string): void {
    this._filter = text.toLowerCase();
    this.update();
  }

  update(): void {
    const { provider, items, hasMore, isAsked } = this._group;
    const found = this._filter === '' ? items : items.filter(item => matches(item, this._filter));
    const more = hasMore ? '+' : '';
    this._count.textContent = !provider.isUsable
      ? this._trans.__('not usable')
      : isAsked
        ? `${found.length.toString()}${more}`
        : '';
    if (this.isOpen) {
      this._list.show(found, { hasMore });
      this._told.replaceChildren(...this._tell(found.length));
      this._showTurned();
    }
  }

  /** Bring what somebody has opened into sight, now and when its targets come. */
  private _showTurned(): void {
    if (this._isTurned) {
      this._isTurned = this._group.isLoading;
      this.node.scrollIntoView({ block: 'nearest' });
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._group.changed.disconnect(this.update, this);
    this._list.dispose();
    this.node.remove();
  }

  /** Say what is not in the list: why it is empty, and what could not be listed. */
  private _tell(found: number): HTMLElement[] {
    const { provider, error, problems, isLoading, items } = this._group;
    const trans = this._trans;
    if (!provider.isUsable) {
      return [trouble({ message: provider.reason, hint: provider.mend }, trans)];
    }
    const told = [
      ...(error === null ? [] : [trouble(error, trans)]),
      ...problems.map(problem => trouble({ message: problem, hint: '' }, trans))
    ];
    const says = (text: string): HTMLElement[] => [element('p', 'jp-PresignEmpty', text)];
    if (items.length === 0 && isLoading) {
      return says(trans.__('Looking…'));
    }
    if (items.length === 0 && told.length === 0) {
      return says(trans.__('Nothing here. Start one, and press Reload.'));
    }
    return found === 0 && items.length > 0 ? [...told, ...says(trans.__('No match.'))] : told;
  }

  private readonly _group: TargetGroup;
  private readonly _trans: TranslationBundle;
  private readonly _ask: () => void;
  private readonly _list: LongList<ITarget>;
  private readonly _toggle = element('button', 'jp-PresignGroup-toggle');
  private readonly _count = element('span', 'jp-PresignGroup-count');
  private readonly _told = element('div', 'jp-PresignGroup-told');
  private readonly _body = element('div', 'jp-PresignGroup-body');
  private _filter = '';
  private _isTurned = false;
  private _isDisposed = false;
}

function matches({ title, reference, state, instanceType }: ITarget, text: string): boolean {
  return [title, reference, state, instanceType].some(part => part.toLowerCase().includes(text));
}
