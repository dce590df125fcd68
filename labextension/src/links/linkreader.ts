import { PresignError } from '../api/presignerror';
import type { Opener } from '../model/opener';
import type { ILinkClick, LinkClicks } from './linkclicks';
import type { LinkTrouble } from './linktrouble';

/** Opens the links that a reader clicks, and says beside them what went wrong. */
export class LinkReader {
  constructor(opener: Opener, trouble: LinkTrouble) {
    this._opener = opener;
    this._trouble = trouble;
  }

  /** Open what is clicked from now on. */
  follow(clicks: LinkClicks): void {
    clicks.opened.connect(this._onClick, this);
    this._trouble.retried.connect(this._onClick, this);
  }

  /** Open a link; what goes wrong is said beside it. */
  async open(click: ILinkClick): Promise<void> {
    const { anchor, reference } = click;
    // A double click is one.
    if (anchor.ariaBusy === 'true') {
      return;
    }
    anchor.ariaBusy = 'true';
    this._trouble.close();
    try {
      const url = await this._opener.open(reference);
      if (url !== null) {
        this._trouble.offer(click, url);
      }
    } catch (thrown) {
      this._trouble.tell(click, PresignError.from(thrown));
    } finally {
      anchor.ariaBusy = null;
    }
  }

  private _onClick(_: unknown, click: ILinkClick): void {
    void this.open(click);
  }

  private readonly _opener: Opener;
  private readonly _trouble: LinkTrouble;
}
