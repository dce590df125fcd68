import type { IDisposable } from '@lumino/disposable';
import type { Widget } from '@lumino/widgets';

/** How long a widget may load before the note stands in for it, milliseconds. */
const PATIENCE = 3000;

/** What jupyterlab_widgets 3.0 says where the kernel does not know a widget any more. */
const NOT_FOUND = 'model not found';

/**
 * Watches the renderer of a saved widget, and writes a plain sentence where it has no widget to show.
 *
 * The renderer stays what it is, since the widget manager looks for its own class in the notebook to
 * hand itself over; once a widget is to be had, it wipes the note as it wipes its own messages.
 */
export class SavedNote implements IDisposable {
  constructor(renderer: Widget) {
    this._renderer = renderer;
    this._note.className = 'jp-PresignSavedNote jp-RenderedHTMLCommon';
    this._observer = new MutationObserver(() => {
      this._look();
    });
    this._observer.observe(renderer.node, { childList: true });
    renderer.disposed.connect(this.dispose, this);
  }

  /** What to say; nothing is said while it is empty. */
  set text(text: string) {
    this._note.textContent = text;
  }

  get isDisposed(): boolean {
    return this._renderer.isDisposed;
  }

  dispose(): void {
    this._observer.disconnect();
    this._stopWaiting();
  }

  /** Called before the browser paints what the renderer wrote, so that its message is never seen. */
  private _look(): void {
    const { node } = this._renderer;
    if (this._isSettled()) {
      this._stopWaiting();
    } else if (node.textContent.includes(NOT_FOUND)) {
      this._show();
    } else {
      this._timer ??= setTimeout(() => {
        this._show();
      }, PATIENCE);
    }
  }

  private _isSettled(): boolean {
    const hasWidget = !this._renderer.children().next().done;
    return hasWidget || this._note.textContent === '' || this._renderer.node.contains(this._note);
  }

  private _show(): void {
    this._stopWaiting();
    if (!this._isSettled()) {
      this._renderer.node.replaceChildren(this._note);
    }
  }

  private _stopWaiting(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
  }

  private readonly _renderer: Widget;
  private readonly _observer: MutationObserver;
  private readonly _note = document.createElement('p');
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
