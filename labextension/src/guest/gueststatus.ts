import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { element } from '../element';
import type { IGuest } from './guest';
import type { SessionTime } from './sessiontime';
import { sayLeft, sayScope } from '../words';

/** At how many minutes before the end the time is read out to those who cannot see it. */
const ANNOUNCED: readonly number[] = [30, 10, 5, 1];

/** Says in one line what a guest may do, and for how long. */
export class GuestStatus extends Widget {
  constructor(guest: IGuest, time: SessionTime, trans: TranslationBundle) {
    super();
    this.addClass('jp-PresignGuestStatus');
    this._guest = guest;
    this._time = time;
    this._trans = trans;
    this._line.type = 'button';
    this._line.addEventListener('click', () => {
      this._pressed.emit();
    });
    // In the page before it says anything, or its first words would not be read out.
    this._spoken.setAttribute('role', 'status');
    this.node.append(this._line, this._spoken);
    time.changed.connect(this._update, this);
    this._update();
  }

  /** Emitted when somebody wants to know more. */
  get pressed(): ISignal<this, void> {
    return this._pressed;
  }

  override dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  private _update(): void {
    const { expiresAt, left, phase } = this._time;
    const until = expiresAt.toLocaleString();
    const said = sayLeft(left, this._trans);
    const words = [this._trans.__('Guest'), sayScope(this._guest.scope, this._trans), said];
    this._line.textContent = words.join(' · ');
    this._line.title = this._trans.__('You are a guest, until %1.', until);
    this.node.dataset.phase = phase;
    if (left?.hours === 0 && ANNOUNCED.includes(left.minutes)) {
      this._spoken.textContent = this._trans.__('Guest session: %1', said);
    }
  }

  private readonly _guest: IGuest;
  private readonly _time: SessionTime;
  private readonly _trans: TranslationBundle;
  private readonly _pressed = new Signal<this, void>(this);
  // The second class is JupyterLab's, for text in the status bar.
  private readonly _line = element('button', 'jp-PresignGuestStatus-line jp-StatusBar-TextItem');
  private readonly _spoken = element('span', 'jp-PresignUnseen');
}
