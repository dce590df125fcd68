import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { IGuest, Scope } from './guest';
import { timeLeft } from './timeleft';

/** How often the time is brought up to date, milliseconds. */
const INTERVAL = 20_000;

/** The item of the status bar that says what a guest may do, and for how long. */
export class GuestStatus extends Widget {
  constructor(guest: IGuest, trans: TranslationBundle) {
    super();
    this.addClass('jp-PresignGuestStatus');
    // JupyterLab's class for text in the status bar.
    this.addClass('jp-StatusBar-TextItem');
    this._guest = guest;
    this._trans = trans;
    this.node.title = trans.__('You are a guest, until %1.', guest.expiresAt.toLocaleString());
    this._update();
    this._timer = setInterval(() => {
      this._update();
    }, INTERVAL);
  }

  override dispose(): void {
    clearInterval(this._timer);
    super.dispose();
  }

  private _update(): void {
    const words = [this._trans.__('Guest'), this._scope(this._guest.scope), this._left()];
    this.node.textContent = words.join(' · ');
  }

  private _scope(scope: Scope): string {
    switch (scope) {
      case 'read':
        return this._trans.__('read-only');
      case 'execute':
        return this._trans.__('can run');
      case 'full':
        return this._trans.__('full access');
    }
  }

  private _left(): string {
    const left = timeLeft(this._guest.expiresAt, new Date());
    if (left === null) {
      return this._trans.__('session ended');
    }
    return left.unit === 'h'
      ? this._trans.__('%1 h left', left.count)
      : this._trans.__('%1 min left', left.count);
  }

  private readonly _guest: IGuest;
  private readonly _trans: TranslationBundle;
  private readonly _timer: ReturnType<typeof setInterval>;
}
