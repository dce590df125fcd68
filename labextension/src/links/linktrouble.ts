import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import { PresignError } from '../api/presignerror';
import type { ITarget } from '../api/values';
import { Card } from '../card';
import { button, element } from '../element';
import { trouble } from '../panel/trouble';
import { sayCosts } from '../words';
import type { ILinkClick } from './linkclicks';

/** What is used of the server's API. */
interface ITargetApi {
  target(reference: string): Promise<ITarget>;
  start(reference: string): Promise<ITarget>;
}

/** How often a target that starts is looked at while somebody waits for it, milliseconds. */
const PATIENCE = 5000;

/** Says beside a link why it was not opened, and what to do about it. */
export class LinkTrouble {
  constructor(api: ITargetApi, trans: TranslationBundle) {
    this._api = api;
    this._trans = trans;
    const { node } = this._card;
    node.setAttribute('role', 'dialog');
    node.setAttribute('aria-labelledby', TITLE_ID);
    this._title.id = TITLE_ID;
    this._title.tabIndex = -1;
    this._said.setAttribute('role', 'status');
    node.append(this._title, this._said, this._acts);
    node.addEventListener('toggle', () => {
      if (!this._card.isOpen) {
        this._clear();
      }
    });
  }

  /** Emitted when somebody wants to try a link again. */
  get retried(): ISignal<this, ILinkClick> {
    return this._retried;
  }

  /** Tell why a link was not opened. */
  tell(click: ILinkClick, error: PresignError): void {
    this._begin(click, this._trans.__('This link could not be opened'));
    this._say(error.message, error.hint);
    this._offerRetry(click, this._trans.__('Try again'));
    if (error.code === 'target-not-ready') {
      void this._offerStart(click);
    }
  }

  /** Offer a URL that the browser would not open by itself. */
  offer(click: ILinkClick, url: string): void {
    this._begin(click, this._trans.__('The link is ready'));
    this._say(this._trans.__('It took a while, so that your browser waits for you to open it.'));
    const open = element('a', 'jp-PresignAct jp-mod-styled jp-mod-accept', this._trans.__('Open'));
    open.href = url;
    open.target = '_blank';
    open.rel = 'noopener noreferrer';
    open.addEventListener('click', () => {
      // After the browser has followed it; it is good for one use.
      setTimeout(() => {
        this.close();
      });
    });
    this._acts.prepend(open);
  }

  close(): void {
    this._card.close();
  }

  dispose(): void {
    this._card.dispose();
    Signal.clearData(this);
  }

  private _begin({ anchor }: ILinkClick, title: string): void {
    this.close();
    this._clear();
    this._title.textContent = title;
    this._act(this._trans.__('Dismiss'), 'jp-mod-reject', () => {
      this.close();
    });
    this._card.open(anchor);
    this._title.focus();
  }

  /** Forget what was said, and with it a URL. */
  private _clear(): void {
    clearTimeout(this._timer);
    this._said.replaceChildren();
    this._acts.replaceChildren();
  }

  private _say(message: string, hint = ''): void {
    this._said.replaceChildren(trouble({ message, hint }, this._trans));
  }

  private _act(label: string, look: string, press: () => void): HTMLButtonElement {
    const made = button(label, look, press);
    this._acts.append(made);
    return made;
  }

  /** Offer to start what is stopped. */
  private async _offerStart(click: ILinkClick): Promise<void> {
    const { reference } = click;
    const told = this._said.firstChild;
    const target = await this._api.target(reference).catch(() => null);
    if (target?.isStartable !== true || this._said.firstChild !== told) {
      return;
    }
    // Instead of the hint, which says the same for a terminal.
    this._said.querySelector('.jp-PresignHint')?.remove();
    this._said.firstElementChild?.append(element('p', '', sayCosts(target, this._trans)));
    this._retry?.remove();
    const start = this._act(this._trans.__('Start it'), 'jp-mod-accept', () => {
      start.remove();
      this._title.focus();
      void this._start(click);
    });
  }

  private _offerRetry(click: ILinkClick, label: string): void {
    this._retry = this._act(label, 'jp-mod-accept', () => {
      this._retried.emit(click);
    });
  }

  private async _start(click: ILinkClick): Promise<void> {
    try {
      await this._api.start(click.reference);
      this._title.textContent = this._trans.__('Starting');
      this._say(this._trans.__('It is starting, which takes a few minutes.'));
      this._wait(click);
    } catch (thrown) {
      const { message, hint } = PresignError.from(thrown);
      this._say(message, hint);
      this._offerRetry(click, this._trans.__('Try again'));
    }
  }

  /** Look whether it has started, as long as somebody leaves the card open. */
  private _wait(click: ILinkClick): void {
    this._timer = setTimeout(() => {
      void this._look(click);
    }, PATIENCE);
  }

  private async _look(click: ILinkClick): Promise<void> {
    const told = this._said.firstChild;
    const target = await this._api.target(click.reference).catch(() => null);
    if (told === null || this._said.firstChild !== told) {
      return;
    }
    if (target === null || target.state === 'starting' || target.state === 'stopped') {
      this._wait(click);
    } else if (target.state === 'ready') {
      this._title.textContent = this._trans.__('Ready');
      this._say(this._trans.__('It has started.'));
      this._offerRetry(click, this._trans.__('Open'));
    } else {
      this._say(target.detail, target.mend);
      this._offerRetry(click, this._trans.__('Try again'));
    }
  }

  private readonly _api: ITargetApi;
  private readonly _trans: TranslationBundle;
  private readonly _card = new Card('jp-PresignLinkTrouble', 'auto');
  private readonly _title = element('h2', 'jp-PresignCard-title');
  private readonly _said = element('div', 'jp-PresignLinkTrouble-said');
  private readonly _acts = element('div', 'jp-PresignActs');
  private readonly _retried = new Signal<this, ILinkClick>(this);
  private _retry: HTMLElement | undefined;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}

const TITLE_ID = 'jp-PresignLinkTrouble-title';
