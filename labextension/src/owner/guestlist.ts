import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { Card } from '../card';
import { element } from '../element';
import type { Guests } from './guests';
import { GuestsView, sayGuests } from './guestsview';

/** The guests in a box beside their count. */
export class GuestList implements IDisposable {
  constructor(guests: Guests, trans: TranslationBundle) {
    this._guests = guests;
    this._trans = trans;
    this._view = new GuestsView(guests, trans);
    const { node } = this._card;
    node.setAttribute('role', 'dialog');
    node.setAttribute('aria-label', trans.__('Guests on this server'));
    this._title.tabIndex = -1;
    node.append(this._title, this._view.node);
    node.addEventListener('toggle', () => {
      this._view.calm();
    });
    guests.changed.connect(this._update, this);
    this._update();
  }

  /** Open it beside what was pressed. */
  open(anchor: Element): void {
    this._card.open(anchor);
    this._title.focus();
    void this._guests.refresh();
  }

  get isDisposed(): boolean {
    return this._view.isDisposed;
  }

  dispose(): void {
    this._view.dispose();
    this._card.dispose();
    Signal.clearData(this);
  }

  private _update(): void {
    this._title.textContent = sayGuests(this._guests.sessions.length, this._trans);
    // The row that had the focus may be gone.
    if (this._card.isOpen && document.activeElement === document.body) {
      this._title.focus();
    }
  }

  private readonly _guests: Guests;
  private readonly _trans: TranslationBundle;
  private readonly _view: GuestsView;
  private readonly _card = new Card('jp-PresignGuests', 'auto');
  private readonly _title = element('h2', 'jp-PresignCard-title');
}
