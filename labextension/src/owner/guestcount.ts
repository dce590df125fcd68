import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { element } from '../element';
import { GuestList } from './guestlist';
import type { Guests } from './guests';
import { sayGuests } from './guestsview';

/** Says how many guests there are, if there are any, and shows them when it is pressed. */
export class GuestCount extends Widget {
  constructor(guests: Guests, trans: TranslationBundle) {
    super();
    this.addClass('jp-PresignGuestCount');
    this._guests = guests;
    this._trans = trans;
    this._list = new GuestList(guests, trans);
    this._line.type = 'button';
    this._line.setAttribute('aria-haspopup', 'dialog');
    this._line.title = trans.__('Guests on this server');
    this._line.addEventListener('click', () => {
      this._list.open(this._line);
    });
    this.node.append(this._line);
    guests.changed.connect(this._update, this);
    this._update();
  }

  override dispose(): void {
    this._list.dispose();
    super.dispose();
  }

  private _update(): void {
    const { length } = this._guests.sessions;
    // Not Lumino's own way: the status bar shows all of its items.
    this.node.hidden = length === 0;
    this._line.textContent = sayGuests(length, this._trans);
  }

  private readonly _guests: Guests;
  private readonly _trans: TranslationBundle;
  private readonly _list: GuestList;
  private readonly _line = element('button', 'jp-PresignGuestCount-line jp-StatusBar-TextItem');
}
