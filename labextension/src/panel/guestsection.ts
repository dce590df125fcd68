import type { TranslationBundle } from '@jupyterlab/translation';
import { element } from '../element';
import type { Heartbeat } from '../model/heartbeat';
import { GuestsView } from '../owner/guestsview';
import type { IPresign } from '../tokens';
import { Section } from './section';
import { trouble } from './trouble';

/** The guests on this server. */
export class GuestSection extends Section {
  constructor(presign: IPresign, heartbeat: Heartbeat, trans: TranslationBundle) {
    super(trans.__('Guests'), trans);
    this.addClass('jp-PresignGuestsHere');
    this._presign = presign;
    this._view = new GuestsView(presign.guests, trans);
    this.body.append(this._told, this._view.node);
    presign.guests.changed.connect(this._show, this);
    heartbeat.beat.connect(() => {
      this._view.update();
    }, this);
    this._show();
  }

  override dispose(): void {
    this._view.dispose();
    super.dispose();
  }

  private _show(): void {
    const { sessions, error } = this._presign.guests;
    const count = sessions.length === 0 ? '' : sessions.length.toString();
    this.setCount(this.trans.__('Guests'), count);
    if (error !== null) {
      this._told.replaceChildren(trouble({ message: error.message, hint: error.hint }, this.trans));
    } else if (sessions.length === 0) {
      const words = this.trans.__(
        'Nobody. Who opens a link to this server stands here until their time is over.'
      );
      this._told.replaceChildren(element('p', 'jp-PresignEmpty', words));
    } else {
      this._told.replaceChildren();
    }
  }

  private readonly _presign: IPresign;
  private readonly _view: GuestsView;
  private readonly _told = element('div', '');
}
