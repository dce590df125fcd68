import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

/** Beats once a second for all that shows a countdown, while it can be seen. */
export class Heartbeat implements IDisposable {
  constructor() {
    document.addEventListener('visibilitychange', this);
  }

  get beat(): ISignal<this, void> {
    return this._beat;
  }

  /** Whether anybody would see it. */
  set isWanted(value: boolean) {
    this._isWanted = value;
    this._start();
  }

  handleEvent(): void {
    this._start();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._isWanted = false;
    this._start();
    document.removeEventListener('visibilitychange', this);
    Signal.clearData(this);
  }

  private _start(): void {
    window.clearInterval(this._timer);
    if (this._isWanted && !document.hidden) {
      this._timer = window.setInterval(() => {
        this._beat.emit();
      }, 1000);
      // What stood still meanwhile is put right at once.
      this._beat.emit();
    }
  }

  private readonly _beat = new Signal<this, void>(this);
  private _timer = 0;
  private _isWanted = false;
  private _isDisposed = false;
}
