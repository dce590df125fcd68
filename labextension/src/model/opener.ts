import { Signal, type ISignal } from '@lumino/signaling';
import type { ILink, IMinted, IMintRequest } from '../api/values';
import { openTab } from './opentab';

/** What mints. */
interface IMint {
  mint(request: IMintRequest): Promise<IMinted>;
}

/** Opens targets in tabs of their own, with the reader's own rights. */
export class Opener {
  /** `open` opens a URL in a new tab, and returns false if the browser would not. */
  constructor(links: IMint, open: (url: string) => boolean = openTab) {
    this._links = links;
    this._open = open;
  }

  /** Emitted with the link by which something was opened; it knows how long the session lasts. */
  get opened(): ISignal<this, ILink> {
    return this._opened;
  }

  /**
   * Mint for a reference, and open it; to be called in a click, or the browser opens no tab.
   *
   * Rejects with a `PresignError` where the server refuses. Returns null, or the URL where the
   * browser would not open it by itself: minting took too long. It works once, for a minute.
   */
  async open(reference: string): Promise<string | null> {
    const { link, url } = await this._links.mint({ target: reference, isInteractive: true });
    const isOpen = this._open(url);
    this._opened.emit(link);
    return isOpen ? null : url;
  }

  private readonly _links: IMint;
  private readonly _open: (url: string) => boolean;
  private readonly _opened = new Signal<this, ILink>(this);
}
