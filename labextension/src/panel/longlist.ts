import { element } from '../element';

/** A row of a list, which is told again of what it shows. */
export interface IRow<T> {
  readonly node: HTMLElement;
  update(item: T): void;
}

export interface IListOptions<T, R> {
  readonly label: string;
  readonly moreLabel: string;
  readonly keyOf: (item: T) => string;
  readonly make: (item: T) => R;
  /** Called when the last row comes near and there are more than are known. */
  readonly more?: () => void;
  /** Where the focus goes with the last row; it would be lost otherwise. */
  readonly afterLast?: HTMLElement;
}

/** How many rows are added at a time; more than fit on a screen. */
const CHUNK = 50;

/**
 * A list that may be long: rows are made when somebody scrolls near them, and stay where they are.
 *
 * One row is in the order of tabs, and the arrows lead from there to the others.
 */
export class LongList<T, R extends IRow<T> = IRow<T>> {
  constructor(options: IListOptions<T, R>) {
    this._options = options;
    this._list.setAttribute('role', 'list');
    this._list.setAttribute('aria-label', options.label);
    this._list.addEventListener('keydown', this._steer);
    this._list.addEventListener('focusin', this._enter);
    this._more.type = 'button';
    this._more.textContent = options.moreLabel;
    this._more.addEventListener('click', this._grow);
    this.node.append(this._list, this._more);
    this._nearEnd = new IntersectionObserver(entries => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) {
        this._grow();
      }
    }, NEAR);
    this._nearEnd.observe(this._more);
  }

  readonly node = element('div', 'jp-PresignList');

  /** The rows that are there now. */
  get rows(): Iterable<R> {
    return this._rows.values();
  }

  /** The row of what has this key, if it is there now. */
  row(key: string): R | undefined {
    return this._rows.get(key);
  }

  /** Show these; `hasMore` where the server has others. */
  show(items: readonly T[], { hasMore = false } = {}): void {
    this._items = items;
    this._hasMore = hasMore;
    this._render();
  }

  dispose(): void {
    this._nearEnd.disconnect();
  }

  private _render(): void {
    const { keyOf } = this._options;
    const shown = this._items.slice(0, this._shown);
    const rows = new Map(shown.map(item => [keyOf(item), this._row(item)]));
    const hadFocus = this._list.contains(document.activeElement);
    for (const [key, row] of this._rows) {
      if (!rows.has(key)) {
        row.node.remove();
      }
    }
    this._rows = rows;
    // Moved only where the order is another, since what is moved loses the focus.
    let next = this._list.firstElementChild;
    for (const { node } of rows.values()) {
      if (node === next) {
        next = next.nextElementSibling;
      } else {
        this._list.insertBefore(node, next);
      }
    }
    this._list.hidden = rows.size === 0;
    this._more.hidden = !this._hasMore && this._shown >= this._items.length;
    if (this._stop?.parentElement !== this._list) {
      this._setStop(this._list.firstElementChild);
    }
    if (hadFocus && !this._list.contains(document.activeElement)) {
      const act = this._stop === null ? undefined : actsOf(this._stop)[0];
      (act ?? this._options.afterLast)?.focus();
    }
  }

  private _row(item: T): R {
    const known = this._rows.get(this._options.keyOf(item));
    if (known !== undefined) {
      known.update(item);
      return known;
    }
    const made = this._options.make(item);
    setTabs(made.node, -1);
    return made;
  }

  private readonly _grow = (): void => {
    if (this._shown < this._items.length) {
      this._shown += CHUNK;
      this._render();
    } else if (this._hasMore) {
      this._shown += CHUNK;
      this._options.more?.();
    }
    // Watched anew, since it may be as near as before.
    this._nearEnd.unobserve(this._more);
    this._nearEnd.observe(this._more);
  };

  /** Have one row in the order of tabs. */
  private _setStop(row: Element | null): void {
    setTabs(this._stop, -1);
    setTabs(row, 0);
    this._stop = row;
  }

  private readonly _enter = ({ target }: FocusEvent): void => {
    const row = this._rowOf(target);
    if (row !== null && row !== this._stop) {
      this._setStop(row);
    }
  };

  private readonly _steer = (event: KeyboardEvent): void => {
    const row = this._rowOf(event.target);
    // In a text, arrows lead from letter to letter.
    if (row === null || !(event.target instanceof HTMLElement) || isText(event.target)) {
      return;
    }
    const acts = actsOf(row);
    const column = acts.indexOf(event.target);
    const to: Record<string, HTMLElement | undefined> = {
      ArrowDown: sameAct(row.nextElementSibling, event.target),
      ArrowUp: sameAct(row.previousElementSibling, event.target),
      Home: sameAct(this._list.firstElementChild, event.target),
      End: sameAct(this._list.lastElementChild, event.target),
      ArrowRight: acts[column + 1],
      ArrowLeft: acts[column - 1]
    };
    if (event.key in to) {
      to[event.key]?.focus();
      event.preventDefault();
    }
  };

  private _rowOf(target: EventTarget | null): Element | null {
    return target instanceof Element ? target.closest('.jp-PresignList > ul > li') : null;
  }

  private readonly _options: IListOptions<T, R>;
  private readonly _list = element('ul', 'jp-PresignList-rows');
  private readonly _more = element('button', 'jp-PresignList-more');
  private readonly _nearEnd: IntersectionObserver;
  private _rows = new Map<string, R>();
  private _items: readonly T[] = [];
  private _shown = CHUNK;
  private _hasMore = false;
  private _stop: Element | null = null;
}

const NEAR = { rootMargin: '200px' };

function isText(place: HTMLElement): boolean {
  return place instanceof HTMLInputElement && place.type === 'text';
}

function actsOf(row: Element): HTMLElement[] {
  return [...row.querySelectorAll<HTMLElement>('button:not([hidden]), input:not([hidden])')];
}

function setTabs(row: Element | null, index: number): void {
  for (const act of row?.querySelectorAll<HTMLElement>('button, input') ?? []) {
    act.tabIndex = index;
  }
}

/** Find in another row what does the same, or else what comes first in it. */
function sameAct(row: Element | null, act: HTMLElement): HTMLElement | undefined {
  const acts = row === null ? [] : actsOf(row);
  return acts.find(other => other.dataset.act === act.dataset.act) ?? acts[0];
}
