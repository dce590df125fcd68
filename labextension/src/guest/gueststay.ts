import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IGuestConnection } from './connection';
import { EndNotice } from './endnotice';
import type { IGuest } from './guest';
import { GuestStatus } from './gueststatus';
import { LastMinutes } from './lastminutes';
import { type IOpenDocument, openDocuments } from './opendocument';
import { Renewals } from './renewals';
import { type Phase, SessionTime } from './sessiontime';

interface IPlace {
  readonly app: JupyterFrontEnd;
  readonly manager: IDocumentManager | null;
  readonly trans: TranslationBundle;
}

/** A guest's stay on the page, from its first minute to what is said after its last. */
export class GuestStay {
  constructor(guest: IGuest, connection: IGuestConnection, { app, manager, trans }: IPlace) {
    const documents = (): IOpenDocument[] =>
      manager === null ? [] : openDocuments(app.shell, manager);
    this._guest = guest;
    this._restored = app.restored;
    this._connection = connection;
    this._time = new SessionTime(guest.expiresAt);
    this.status = new GuestStatus(guest, this._time, trans);
    this._lastMinutes = new LastMinutes(documents, trans);
    this._notice = new EndNotice(documents, trans);
    this._time.changed.connect(this._follow, this);
    this.status.pressed.connect(this._tell, this);
    connection.ended.connect(() => {
      this._time.end();
    }, this);
    this._renewals = new Renewals(guest, app.serviceManager.serverSettings.baseUrl);
    this._renewals.renewed.connect((_, expiresAt) => {
      connection.renew();
      this._time.extend(expiresAt);
    }, this);
    this._follow();
  }

  readonly status: GuestStatus;

  /** Say what there is to say at the beginning of each phase. */
  private _follow(): void {
    const { phase } = this._time;
    if (phase === this._phase) {
      return;
    }
    this._phase = phase;
    if (phase === 'over') {
      this._connection.close();
      this._tell();
    } else if (phase === 'running') {
      this._lastMinutes.close();
    } else {
      // When the status is on the page, since the words are put beside it.
      void this._restored.then(() => {
        this._tell();
      });
    }
  }

  private _tell(): void {
    const { expiresAt, phase } = this._time;
    if (phase === 'over') {
      this._lastMinutes.close();
      this._notice.show(this._time.isCutShort);
    } else if (phase === 'ending') {
      this._lastMinutes.show(this.status.node, expiresAt, this._guest.scope !== 'read');
    }
  }

  private readonly _guest: IGuest;
  private readonly _restored: Promise<void>;
  private readonly _connection: IGuestConnection;
  private readonly _time: SessionTime;
  private readonly _renewals: Renewals;
  private readonly _lastMinutes: LastMinutes;
  private readonly _notice: EndNotice;
  private _phase: Phase = 'running';
}
