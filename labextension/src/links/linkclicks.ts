import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { SCHEME } from '../reference/reference';

/** A reader's wish to open a link. */
export interface ILinkClick {
  /** The link, or what is in its place on the page. */
  readonly anchor: HTMLElement;
  readonly reference: string;
}

/**
 * Hears clicks on links with our scheme, wherever on the page something has rendered them.
 *
 * Nothing is attached to the links themselves, since whoever renders a document makes new ones at
 * any time, and a saved document must not be able to pretend anything but where a link leads.
 */
export class LinkClicks implements IDisposable {
  /** `describe` says what a click will do, for tooltip and screen reader. */
  constructor(describe: (reference: string) => string) {
    this._describe = describe;
    const options = { capture: true, signal: this._listening.signal };
    // On the window, as JupyterLab takes keys on the document, where Enter edits the cell.
    window.addEventListener('keydown', this._onKey.bind(this), options);
    for (const type of ['click', 'auxclick'] as const) {
      window.addEventListener(type, this._onClick.bind(this), options);
    }
    for (const type of ['mouseover', 'focusin'] as const) {
      window.addEventListener(type, this._onLook.bind(this), options);
    }
  }

  get opened(): ISignal<this, ILinkClick> {
    return this._opened;
  }

  get isDisposed(): boolean {
    return this._listening.signal.aborted;
  }

  dispose(): void {
    this._listening.abort();
    Signal.clearData(this);
  }

  private _onClick(event: MouseEvent): void {
    const anchor = linkOf(event.target);
    // The right button asks for a menu.
    if (anchor !== null && event.button !== 2) {
      this._open(anchor, event);
    }
  }

  private _onKey(event: KeyboardEvent): void {
    const anchor = linkOf(event.target);
    // With another key held, it runs the cell.
    const isPlain = !(event.altKey || event.ctrlKey || event.metaKey || event.shiftKey);
    if (anchor !== null && event.key === 'Enter' && isPlain) {
      this._open(anchor, event);
    }
  }

  private _open(anchor: HTMLAnchorElement, event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    // Opening is a person's wish, and no script's.
    if (event.isTrusted) {
      this._opened.emit({ anchor, reference: referenceOf(anchor) });
    }
  }

  private _onLook(event: Event): void {
    const anchor = linkOf(event.target);
    if (anchor !== null) {
      anchor.title = this._describe(referenceOf(anchor));
    }
  }

  private readonly _describe: (reference: string) => string;
  private readonly _listening = new AbortController();
  private readonly _opened = new Signal<this, ILinkClick>(this);
}

/** The link with our scheme around a place on the page. */
export function linkOf(place: EventTarget | null): HTMLAnchorElement | null {
  return place instanceof Element ? place.closest<HTMLAnchorElement>(`a[href^='${SCHEME}']`) : null;
}

/** What a link refers to, as it was written. */
export function referenceOf(anchor: HTMLAnchorElement): string {
  return (anchor.getAttribute('href') ?? '').slice(SCHEME.length);
}
