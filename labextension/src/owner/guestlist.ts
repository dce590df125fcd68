import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { Card } from '../card';
import { button, element } from '../element';
import { GuestRow } from './guestrow';
import type { Guests } from './guests';

/** The owner's list of guests, in which sessions are ended. */
export class GuestList implements IDisposable {
  constructor(guests: Guests, trans: TranslationBundle) {
    this._guests = guests;
    this._trans = trans;
    this._endAll = button(trans.__('End all'), 'jp-mod-warn', () => {
      this._askOrEndAll();
    });
    const { node } = this._card;
    node.setAttribute('role', 'dialog');
    node.setAttribute('aria-label', trans.__('Guests on this server'));
    this._said.setAttribute('role', 'status');
    this._title.tabIndex = -1;
    node.append(
      this._title,
      this._list,
      this._said,
      element('div', 'jp-PresignActs', this._endAll)
    );
    node.addEventListener('toggle', () => {
      this._calm();
      this._said.textContent = '';
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
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._card.dispose();
    Signal.clearData(this);
  }

  private _update(): void {
    const { sessions, ahead } = this._guests;
    const now = new Date(Date.now() - ahead);
    const rows = new Map(sessions.map(session => [session.id, this._row(session)]));
    this._rows = rows;
    for (const row of rows.values()) {
      row.update(now);
    }
    // The same elements stay where they are, and so does the focus in them.
    const hadFocus = this._card.node.contains(document.activeElement);
    this._list.replaceChildren(...[...rows.values()].map(({ node }) => node));
    if (hadFocus && !this._card.node.contains(document.activeElement)) {
      this._title.focus();
    }
    this._title.textContent = sayGuests(sessions.length, this._trans);
    this._endAll.hidden = sessions.length === 0;
  }

  private _row(session: Guests['sessions'][number]): GuestRow {
    const end = (): void => {
      void this._try(this._guests.end(session), this._trans.__('Ended.'));
    };
    return this._rows.get(session.id) ?? new GuestRow(session, this._trans, end);
  }

  /** Ask first: pressed once it says what it will do, pressed twice it does it. */
  private _askOrEndAll(): void {
    if (!this._isAsked) {
      this._isAsked = true;
      this._endAll.textContent = this._trans.__('Really end all?');
      return;
    }
    this._calm();
    void this._try(this._guests.endAll(), this._trans.__('All sessions are ended.'));
  }

  private _calm(): void {
    this._isAsked = false;
    this._endAll.textContent = this._trans.__('End all');
  }

  private async _try(ending: Promise<void>, done: string): Promise<void> {
    try {
      await ending;
      this._said.textContent = done;
    } catch {
      this._said.textContent = this._trans.__('That did not work. Try again in a moment.');
    }
  }

  private readonly _guests: Guests;
  private readonly _trans: TranslationBundle;
  private readonly _card = new Card('jp-PresignGuests', 'auto');
  private readonly _title = element('h2', 'jp-PresignCard-title');
  private readonly _list = element('ul', 'jp-PresignGuests-list');
  private readonly _said = element('p', 'jp-PresignCard-text');
  private readonly _endAll: HTMLButtonElement;
  private _rows = new Map<string, GuestRow>();
  private _isAsked = false;
  private _isDisposed = false;
}

/** Count guests in words. */
export function sayGuests(count: number, trans: TranslationBundle): string {
  return count === 0 ? trans.__('No guests') : trans._n('%1 guest', '%1 guests', count, count);
}
