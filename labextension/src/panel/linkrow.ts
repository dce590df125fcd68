import type { TranslationBundle } from '@jupyterlab/translation';
import { closeIcon, copyIcon, launchIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { ILink } from '../api/values';
import { element } from '../element';
import { isRevocable } from '../model/shownlinks';
import { nameOf } from '../owner/guestsession';
import { sayScope } from '../words';
import { clockTime } from './clocktime';
import { iconButton } from './iconbutton';
import type { IRow } from './longlist';

/** What can be done with a link. */
export interface ILinkActs {
  open(link: ILink): void;
  copy(link: ILink): void;
  refresh(link: ILink): void;
  revoke(link: ILink): void;
  setAutoRefresh(link: ILink, wanted: boolean): void;
}

export interface ILinkRowOptions {
  readonly acts: ILinkActs;
  readonly trans: TranslationBundle;
  /** The time by the server's clock. */
  readonly now: () => Date;
  readonly isAutoRefreshed: (link: ILink) => boolean;
  /** How often those were used that it continues. */
  readonly usesBefore: (link: ILink) => number;
}

/** When the countdown is shown as urgent, ms before the end. */
const SOON = 60_000;

/** One link in the list, with what is left of its time. */
export class LinkRow implements IRow<ILink> {
  constructor(link: ILink, options: ILinkRowOptions) {
    this._link = link;
    this._options = options;
    const { acts, trans } = options;
    const name = nameOf(link);
    this._auto = this._switch(name);
    this._acts = {
      open: this._act('open', launchIcon, trans.__('Open %1 by this link', name), acts.open),
      copy: this._act('copy', copyIcon, trans.__('Copy a URL of %1', name), acts.copy),
      refresh: this._act('refresh', refreshIcon, trans.__('Refresh %1', name), acts.refresh),
      revoke: this._act('revoke', closeIcon, trans.__('Revoke %1', name), acts.revoke)
    };
    this._left.setAttribute('role', 'timer');
    this._name.textContent = name;
    this._name.title = link.target;
    this.node.append(
      element(
        'div',
        'jp-PresignRow-facts',
        element('div', 'jp-PresignRow-line', this._name, this._left),
        this._terms
      ),
      element(
        'div',
        'jp-PresignRow-acts',
        this._auto.parentElement ?? '',
        ...Object.values(this._acts)
      )
    );
    this._describe();
  }

  readonly node = element('li', 'jp-PresignRow jp-PresignLink');

  update(link: ILink): void {
    if (link !== this._link) {
      this._link = link;
      this._describe();
    }
    this._auto.checked = this._options.isAutoRefreshed(link);
    this.tick(this._options.now());
  }

  /** Bring the countdown up to date; changes nothing on the page that says the same as before. */
  tick(now: Date): void {
    const { state, goodUntil } = this._link;
    const left = state === 'live' ? clockTime(goodUntil, now) : '';
    if (left === this._said) {
      return;
    }
    const wasLive = this._said !== null && this._said !== '';
    this._said = left;
    this._left.textContent = left === '' ? this._sayEnd() : left;
    const isSoon = left !== '' && goodUntil.getTime() - now.getTime() <= SOON;
    this.node.dataset.state = left === '' ? 'over' : isSoon ? 'ending' : 'live';
    if (wasLive && left === '') {
      this._describe();
    }
  }

  private _describe(): void {
    const { scope, uses, maxUses, note, mintedBy, allowedIps, path } = this._link;
    const { trans, now, usesBefore } = this._options;
    const terms = [
      sayScope(scope, trans),
      path === '' ? '' : trans.__('only %1', path),
      this._sayUses(uses, maxUses),
      allowedIps.length === 0 ? '' : trans.__('from %1', allowedIps.join(', ')),
      mintedBy === '' ? '' : trans.__('by %1', mintedBy.replace(/^\w+:/, '')),
      note && `“${note}”`
    ];
    this._terms.textContent = terms.filter(Boolean).join(' · ');
    this._acts.revoke.hidden = !isRevocable(this._link, now(), usesBefore(this._link));
    this._said = null;
    this.tick(now());
  }

  private _sayUses(uses: number, maxUses: number | null): string {
    const { trans } = this._options;
    const before = this._options.usesBefore(this._link);
    const earlier = before === 0 ? '' : trans._n('%1 use before', '%1 uses before', before, before);
    if (maxUses !== null) {
      return [trans.__('%1 of %2 uses', uses, maxUses), earlier].filter(Boolean).join(' · ');
    }
    const all = uses + before;
    return all === 0 ? trans.__('unused') : trans._n('used once', 'used %1 times', all, all);
  }

  private _sayEnd(): string {
    const { trans } = this._options;
    return this._link.state === 'used' ? trans.__('used up') : trans.__('expired');
  }

  private _act(
    act: string,
    icon: typeof copyIcon,
    label: string,
    press: (link: ILink) => void
  ): HTMLButtonElement {
    return iconButton({
      act,
      icon,
      label,
      press: () => {
        press(this._link);
      }
    });
  }

  private _switch(name: string): HTMLInputElement {
    const { acts, trans } = this._options;
    const input = element('input', '');
    input.type = 'checkbox';
    input.dataset.act = 'auto';
    input.setAttribute('role', 'switch');
    input.setAttribute('aria-label', trans.__('Refresh %1 by itself', name));
    input.addEventListener('change', () => {
      acts.setAutoRefresh(this._link, input.checked);
    });
    const label = element('label', 'jp-PresignAuto', input, trans.__('Auto'));
    label.title = trans.__('Refresh by itself before it expires, while this page is open');
    return input;
  }

  private _link: ILink;
  private readonly _options: ILinkRowOptions;
  private readonly _name = element('span', 'jp-PresignRow-name');
  private readonly _left = element('span', 'jp-PresignRow-left');
  private readonly _terms = element('div', 'jp-PresignRow-terms');
  private readonly _auto: HTMLInputElement;
  private readonly _acts: Record<'open' | 'copy' | 'refresh' | 'revoke', HTMLButtonElement>;
  /** What the countdown says; null before it has said anything. */
  private _said: string | null = null;
}
