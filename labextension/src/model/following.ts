import type { Event } from '@jupyterlab/services';
import type { Guests } from '../owner/guests';
import type { Links } from './links';

/** The beginning of our schemas' ids; see nb_presign/audit.py. */
const OURS = 'https://nb-presign.readthedocs.io/events/';
/** Several events come at once where a family is revoked; they are one question, ms later. */
const PAUSE = 200;

/** Asks again for what the server's stream of events says has changed, once somebody can see it. */
export class Following {
  constructor(events: Event.IManager, links: Links, guests: Guests) {
    this._links = links;
    this._guests = guests;
    events.stream.connect(this._hear, this);
    document.addEventListener('visibilitychange', () => {
      this._ask();
    });
  }

  private _hear(_: unknown, event: Event.Emission): void {
    if (event.schema_id.startsWith(OURS)) {
      this._isStale = true;
      window.clearTimeout(this._timer);
      this._timer = window.setTimeout(() => {
        this._ask();
      }, PAUSE);
    }
  }

  private _ask(): void {
    if (!this._isStale || document.hidden) {
      return;
    }
    this._isStale = false;
    void this._guests.hear();
    if (this._links.isWatched) {
      void this._links.load();
    }
  }

  private readonly _links: Links;
  private readonly _guests: Guests;
  private _timer = 0;
  private _isStale = false;
}
