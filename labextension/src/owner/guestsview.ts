import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { button, element } from '../element';
import { GuestRow } from './guestrow';
import type { Guests } from './guests';

/** How long is shown that a session was ended, ms; that it was not stays. */
const SHOWN = 10_000;

/** The guests one below the other, whose sessions are ended here. */
export class GuestsView implements IDisposable {
  constructor(guests: Guests, trans: TranslationBundle) {
    this._guests = guests;
    this._trans = trans;
    this._endAll = button(trans.__('End all'), 'jp-mod-warn', () => {
      this._askOrEndAll();
    });
    this._said.setAttribute('role', 'status');
    this._said.tabIndex = -1;
    this._acts.append(this._endAll);
    this.node.append(this._list, this._said, this._acts);
    guests.changed.connect(this.update, this);
    this.update();
  }

  readonly node = element('div', 'jp-PresignGuests-view');

  /** Take back what was asked and said. */
  calm(): void {
    this._isAsked = false;
    this._endAll.textContent = this._trans.__('End all');
    this._say('');
  }

  /** Bring the list and the times in it up to date. */
  update(): void {
    const { sessions } = this._guests;
    const now = this._guests.now();
    const rows = new Map(sessions.map(session => [session.id, this._row(session)]));
    const added = [...rows].filter(([id]) => !this._rows.has(id));
    for (const [id, row] of this._rows) {
      if (!rows.has(id)) {
        row.node.remove();
      }
    }
    this._rows = rows;
    for (const row of rows.values()) {
      row.update(now);
    }
    this._list.append(...added.map(([, { node }]) => node));
    this._list.hidden = sessions.length === 0;
    const hadFocus = this._acts.contains(document.activeElement);
    // Of one guest it would be the same as the button beside them.
    this._acts.hidden = sessions.length < 2;
    if (hadFocus && this._acts.hidden) {
      // Browsers take the focus from what is hidden, and give it to nobody.
      this._said.focus();
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
    this.node.remove();
    Signal.clearData(this);
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
    this.calm();
    void this._try(this._guests.endAll(), this._trans.__('All sessions are ended.'));
  }

  private async _try(ending: Promise<void>, done: string): Promise<void> {
    try {
      await ending;
      this._say(done);
      this._timer = setTimeout(() => {
        this._say('');
      }, SHOWN);
    } catch {
      this._say(this._trans.__('That did not work. Try again in a moment.'));
    }
  }

  private _say(text: string): void {
    clearTimeout(this._timer);
    this._said.textContent = text;
  }

  private readonly _guests: Guests;
  private readonly _trans: TranslationBundle;
  private readonly _list = element('ul', 'jp-PresignGuests-list');
  private readonly _said = element('p', 'jp-PresignCard-text');
  private readonly _acts = element('div', 'jp-PresignActs');
  private readonly _endAll: HTMLButtonElement;
  private _rows = new Map<string, GuestRow>();
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _isAsked = false;
  private _isDisposed = false;
}

/** Count guests in words. */
export function sayGuests(count: number, trans: TranslationBundle): string {
  return count === 0 ? trans.__('No guests') : trans._n('%1 guest', '%1 guests', count, count);
}
