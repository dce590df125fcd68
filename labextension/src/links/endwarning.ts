import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Opener } from '../model/opener';
import { openTab } from '../model/opentab';
import type { IVisit, Visits } from '../model/visits';
import { sayTime } from '../words';
import { notifyTrouble } from './notifytrouble';

/** Warns before sessions end that were opened from here, and renews them. */
export class EndWarning {
  constructor(visits: Visits, opener: Opener, trans: TranslationBundle) {
    this._opener = opener;
    this._trans = trans;
    visits.ending.connect(this._warn, this);
    visits.renewed.connect(this._forget, this);
  }

  private _warn(_: Visits, { reference, place, endsAt }: IVisit): void {
    const trans = this._trans;
    const words = trans.__(
      'Your session on %1 ends at %2. Renew it, and its tabs go on, with what is unsaved in them.',
      place,
      sayTime(endsAt)
    );
    const renew = {
      label: trans.__('Renew'),
      caption: trans.__('Opens %1 in a new tab', reference),
      displayType: 'accent' as const,
      callback: () => {
        void this._renew(reference);
      }
    };
    this._shown.set(place, Notification.warning(words, { autoClose: false, actions: [renew] }));
  }

  private _forget(_: Visits, place: string): void {
    const id = this._shown.get(place);
    if (id !== undefined) {
      Notification.dismiss(id);
      this._shown.delete(place);
    }
  }

  private async _renew(reference: string): Promise<void> {
    try {
      const url = await this._opener.open(reference);
      if (url !== null) {
        const open = { label: this._trans.__('Open'), callback: () => void openTab(url) };
        Notification.info(this._trans.__('The link is ready.'), { actions: [open] });
      }
    } catch (thrown) {
      notifyTrouble(thrown);
    }
  }

  private readonly _opener: Opener;
  private readonly _trans: TranslationBundle;
  /** Ids of what is shown, by place. */
  private readonly _shown = new Map<string, string>();
}
