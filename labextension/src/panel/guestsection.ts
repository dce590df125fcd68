import type { TranslationBundle } from '@jupyterlab/translation';
import type { IServer } from '../api/values';
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

  /** Tell about the server, once it is known: not every one lets guests in by itself. */
  set server(server: IServer) {
    this._server = server;
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
      this._told.replaceChildren(element('p', 'jp-PresignEmpty', this._sayNobody()));
    } else {
      this._told.replaceChildren();
    }
  }

  private _sayNobody(): string {
    const trans = this.trans;
    if (this._server?.isSelfHosted !== false) {
      return trans.__(
        'Nobody. Who opens a link to this server stands here until their time is over.'
      );
    }
    const { here, reason } = this._server;
    return here.startsWith('hub:')
      ? trans.__('Who comes in by a link of the Hub is not listed here.')
      : trans.__('Nobody: this server serves no links of its own, since %1.', reason);
  }

  private _server: IServer | null = null;
  private readonly _presign: IPresign;
  private readonly _view: GuestsView;
  private readonly _told = element('div', '');
}
