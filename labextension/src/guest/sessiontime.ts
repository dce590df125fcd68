import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { type ITimeLeft, timeLeft } from '../timeleft';

/** How a session stands: its end is far, near, or past. */
export type Phase = 'running' | 'ending' | 'over';

const MINUTE = 60_000;
/** Up to how many minutes before the end it is near. */
const NEAR = 5;
/** The longest wait between two looks at the clock, so that a machine that slept soon notices. */
const PATIENCE = 15_000;

/** The time of one guest's session; the one timer that all who show it share. */
export class SessionTime implements IDisposable {
  /** `now` reads a clock in milliseconds. */
  constructor(expiresAt: Date, now: () => number = Date.now) {
    this._expiresAt = expiresAt;
    this._now = now;
    this._look();
  }

  /** Emitted when what there is to say about the time has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get phase(): Phase {
    return this._phase;
  }

  /** What is left; null at the end. */
  get left(): ITimeLeft | null {
    return this._left;
  }

  /** Whether somebody has ended the session before its time. */
  get isCutShort(): boolean {
    return this._isCutShort;
  }

  get expiresAt(): Date {
    return this._expiresAt;
  }

  /** End it now: the server says that it is over. */
  end(): void {
    if (this._phase !== 'over') {
      this._isCutShort = this._now() < this._expiresAt.getTime() - PATIENCE;
      this._isEnded = true;
      this._look();
    }
  }

  /** Go on until a later time, unless it is over already. */
  extend(expiresAt: Date): void {
    if (this._phase !== 'over' && expiresAt > this._expiresAt) {
      this._expiresAt = expiresAt;
      this._look();
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    clearTimeout(this._timer);
    Signal.clearData(this);
  }

  private _look(): void {
    clearTimeout(this._timer);
    const until = this._expiresAt.getTime() - this._now();
    const left = this._isEnded ? null : timeLeft(this._expiresAt, new Date(this._now()));
    const phase = left === null ? 'over' : isNear(left) ? 'ending' : 'running';
    const said = this._phase + JSON.stringify(this._left);
    this._phase = phase;
    this._left = left;
    if (phase !== 'over') {
      // Just after the minute is full, when another number is to be shown.
      const wait = Math.min(PATIENCE, (until % MINUTE) + 50);
      this._timer = setTimeout(() => {
        this._look();
      }, wait);
    }
    if (said !== phase + JSON.stringify(left)) {
      this._changed.emit();
    }
  }

  private _expiresAt: Date;
  private readonly _now: () => number;
  private readonly _changed = new Signal<this, void>(this);
  private _phase: Phase = 'running';
  private _left: ITimeLeft | null = null;
  private _isCutShort = false;
  private _isEnded = false;
  private _isDisposed = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}

function isNear({ hours, minutes }: ITimeLeft): boolean {
  return hours === 0 && minutes <= NEAR;
}
