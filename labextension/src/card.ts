import { element } from './element';

/** A small box over a corner of the page, near what it belongs to; see `Popover` in the HTML standard. */
export class Card {
  /** `kind` is `auto` for one that goes away by Escape or a click elsewhere, else `manual`. */
  constructor(className: string, kind: 'auto' | 'manual') {
    this.node.classList.add(className);
    this.node.popover = kind;
    document.body.append(this.node);
  }

  readonly node = element('div', 'jp-PresignCard');

  get isOpen(): boolean {
    return this.node.matches(':popover-open');
  }

  /** Open it above or below `anchor`, where there is more room, and keep it there. */
  open(anchor: Element): void {
    if (this.isOpen) {
      return;
    }
    this._leave();
    this.node.showPopover();
    this._place(anchor);
    // The anchor may stand on no page yet, or move: a front end lays itself out while it starts.
    const moved = new ResizeObserver(() => {
      this._place(anchor);
    });
    moved.observe(anchor);
    moved.observe(document.body);
    const scrolled = (): void => {
      this._place(anchor);
    };
    document.addEventListener('scroll', scrolled, { capture: true, passive: true });
    this._leave = () => {
      moved.disconnect();
      document.removeEventListener('scroll', scrolled, { capture: true });
    };
  }

  close(): void {
    this._leave();
    if (this.isOpen) {
      this.node.hidePopover();
    }
  }

  dispose(): void {
    this._leave();
    this.node.remove();
  }

  private _place(anchor: Element): void {
    const { top, bottom, left, right, width } = anchor.getBoundingClientRect();
    const { style } = this.node;
    // One without a place is as good as one at the page's lower right corner.
    const isBelow = width > 0 && top < window.innerHeight / 2;
    const above = width > 0 ? window.innerHeight - top : 0;
    style.top = isBelow ? `${(bottom + GAP).toString()}px` : 'auto';
    style.bottom = isBelow ? 'auto' : `${(above + GAP).toString()}px`;
    const { offsetWidth } = this.node;
    // Beginning where the anchor begins, if there is room, or else ending where it ends.
    const isLeft = width > 0 && left + offsetWidth + GAP <= window.innerWidth;
    const most = window.innerWidth - offsetWidth - GAP;
    const beside = width > 0 ? (isLeft ? left : window.innerWidth - right) : 0;
    const distance = `${Math.max(GAP, Math.min(beside, most)).toString()}px`;
    style.left = isLeft ? distance : 'auto';
    style.right = isLeft ? 'auto' : distance;
  }

  /** Stop to follow the anchor. */
  private _leave: () => void = () => undefined;
}

/** Pixels between a card and what is beside it. */
const GAP = 6;
