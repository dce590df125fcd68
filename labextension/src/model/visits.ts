import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { ILink } from '../api/values';
import { formatReference, parseReference } from '../reference/reference';
import type { Opener } from './opener';

/** A session in another tab that was opened from here. */
export interface IVisit {
  /** Reference of what was opened last there. */
  readonly reference: string;
  /** Where it is; each place has one session at a time. */
  readonly place: string;
  readonly endsAt: Date;
}

/** How long before its end a session is worth a warning, milliseconds. */
const NEAR = 5 * 60_000;
/** The longest wait between two looks at the clock, so that a machine that slept soon notices. */
const PATIENCE = 60_000;

/** Knows the sessions that were opened from this page, as long as it is there. */
export class Visits implements IDisposable {
  /** `now` reads a clock in milliseconds. */
  constructor(opener: Opener, now: () => number = Date.now) {
    this._now = now;
    opener.opened.connect(this._add, this);
  }

  /** Emitted once for each session whose end is near. */
  get ending(): ISignal<this, IVisit> {
    return this._ending;
  }

  /** Emitted with the place on which something was opened, so that an end there is far again. */
  get renewed(): ISignal<this, string> {
    return this._renewed;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
    Signal.clearData(this);
  }

  /** A session begins with its first page; upstreams that do not say how long it lasts say 0. */
  private _add(_: Opener, { target, sessionSeconds }: ILink): void {
    const place = placeOf(target);
    this._visits.delete(place);
    if (sessionSeconds > 0) {
      const endsAt = new Date(this._now() + sessionSeconds * 1000);
      this._visits.set(place, { reference: target, place, endsAt });
    }
    this._renewed.emit(place);
    this._look();
  }

  private _look(): void {
    clearTimeout(this._timer);
    let wait = PATIENCE;
    for (const [place, visit] of this._visits) {
      const left = visit.endsAt.getTime() - this._now();
      if (left <= NEAR) {
        this._visits.delete(place);
        this._ending.emit(visit);
      } else {
        wait = Math.min(wait, left - NEAR);
      }
    }
    if (this._visits.size > 0) {
      this._timer = setTimeout(() => {
        this._look();
      }, wait);
    }
  }

  private readonly _now: () => number;
  private readonly _ending = new Signal<this, IVisit>(this);
  private readonly _renewed = new Signal<this, string>(this);
  /** By place. */
  private readonly _visits = new Map<string, IVisit>();
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _isDisposed = false;
}

/** Where a front end's own pages begin in a path; before it is what names a hub's server or a space. */
const PAGES = /(?:^|\/)(?:lab|tree|notebooks|doc|edit)(?:\/.*)?$/s;

/** The place that a reference leads to, without what is opened on it. */
export function placeOf(reference: string): string {
  const read = parseReference(reference);
  if (read === null) {
    return reference;
  }
  const [, server] = read.provider === 'session' ? read.id.split('@') : [];
  return formatReference(
    server === undefined
      ? { ...read, path: read.path.replace(PAGES, '') }
      : { provider: 'jupyter', id: server, path: '', options: [] }
  );
}
