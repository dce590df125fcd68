import type { TranslationBundle } from '@jupyterlab/translation';
import { launchIcon, linkIcon, runIcon } from '@jupyterlab/ui-components';
import type { ITarget, TargetState } from '../api/values';
import { element } from '../element';
import { iconButton } from './iconbutton';
import type { IRow } from './longlist';
import { trouble } from './trouble';

/** What can be done with a target. */
export interface ITargetActs {
  open(target: ITarget): void;
  share(target: ITarget): void;
  start(target: ITarget): void;
}

/** One place in the list. */
export class TargetRow implements IRow<ITarget> {
  constructor(target: ITarget, acts: ITargetActs, trans: TranslationBundle) {
    this._target = target;
    this._trans = trans;
    const { title } = target;
    this._open = iconButton({
      act: 'open',
      icon: launchIcon,
      label: trans.__('Open %1 in a new tab', title),
      press: () => {
        acts.open(this._target);
      }
    });
    this._start = iconButton({
      act: 'start',
      icon: runIcon,
      label: trans.__('Start %1…', title),
      press: () => {
        acts.start(this._target);
      }
    });
    this._share = iconButton({
      act: 'share',
      icon: linkIcon,
      label: trans.__('New link to %1…', title),
      press: () => {
        acts.share(this._target);
      }
    });
    this._name.title = target.reference;
    this.node.append(
      element(
        'div',
        'jp-PresignRow-facts',
        element('div', 'jp-PresignRow-line', this._name, this._badge),
        this._terms
      ),
      element('div', 'jp-PresignRow-acts', this._open, this._start, this._share),
      this._mend
    );
    this.update(target, true);
  }

  readonly node = element('li', 'jp-PresignRow jp-PresignTarget');

  update(target: ITarget, isNew = false): void {
    if (target === this._target && !isNew) {
      return;
    }
    this._target = target;
    const { title, state, detail, instanceType, mend, isStartable } = target;
    this._name.textContent = title;
    this._badge.dataset.state = state;
    this._badge.textContent = sayState(state, this._trans);
    this._terms.textContent = [instanceType, detail].filter(Boolean).join(' · ');
    this._terms.title = this._terms.textContent;
    this.node.dataset.state = state;
    const canOpen = state === 'ready' || state === 'unknown';
    this._open.hidden = !canOpen;
    this._share.hidden = !canOpen;
    this._start.hidden = !(isStartable && state === 'stopped');
    const isStuck = !canOpen && state !== 'starting' && this._start.hidden && mend !== '';
    this._mend.replaceChildren(
      ...(isStuck ? [trouble({ message: '', hint: mend }, this._trans)] : [])
    );
  }

  private _target: ITarget;
  private readonly _trans: TranslationBundle;
  private readonly _name = element('span', 'jp-PresignRow-name');
  private readonly _badge = element('span', 'jp-PresignBadge');
  private readonly _terms = element('div', 'jp-PresignRow-terms');
  private readonly _mend = element('div', 'jp-PresignRow-mend');
  private readonly _open: HTMLButtonElement;
  private readonly _start: HTMLButtonElement;
  private readonly _share: HTMLButtonElement;
}

/** Say whether a target can be opened. */
export function sayState(state: TargetState, trans: TranslationBundle): string {
  switch (state) {
    case 'ready':
      return trans.__('ready');
    case 'starting':
      return trans.__('starting');
    case 'stopped':
      return trans.__('stopped');
    case 'failed':
      return trans.__('failed');
    case 'down':
      return trans.__('down');
    case 'not-installed':
      return trans.__('not set up');
    case 'unknown':
      return trans.__('unknown');
  }
}
