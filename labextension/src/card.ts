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

  /** Open it at the edge of `anchor` that has more room beside it. */
  open(anchor: Element): void {
    if (this.isOpen) {
      return;
    }
    const { top, bottom, right } = anchor.getBoundingClientRect();
    const { style } = this.node;
    const isBelow = top < window.innerHeight / 2;
    style.top = isBelow ? `${(bottom + GAP).toString()}px` : 'auto';
    style.bottom = isBelow ? 'auto' : `${(window.innerHeight - top + GAP).toString()}px`;
    style.right = `${Math.max(GAP, window.innerWidth - right).toString()}px`;
    this.node.showPopover();
  }

  close(): void {
    if (this.isOpen) {
      this.node.hidePopover();
    }
  }

  dispose(): void {
    this.node.remove();
  }
}

/** Pixels between a card and what is beside it. */
const GAP = 6;
