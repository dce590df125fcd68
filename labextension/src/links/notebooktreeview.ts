import type { TranslationBundle } from '@jupyterlab/translation';
import { caretRightIcon, folderIcon, notebookIcon } from '@jupyterlab/ui-components';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IFolderItem } from '../api/values';
import { element } from '../element';
import type { ITreeRow, NotebookTree } from '../model/notebooktree';
import { trouble } from '../panel/trouble';

/**
 * Shows the notebooks of a place, folder by folder, as a tree of ARIA's patterns.
 *
 * Right and Left open and close folders, and so does Enter, which takes a notebook.
 */
export class NotebookTreeView {
  constructor(tree: NotebookTree, trans: TranslationBundle) {
    this._tree = tree;
    this._trans = trans;
    this._rows.setAttribute('role', 'tree');
    this._rows.tabIndex = 0;
    this._said.setAttribute('role', 'status');
    this.node.append(this._rows, this._said);
    this._rows.addEventListener('keydown', event => {
      this._onKey(event);
    });
    tree.changed.connect(this._show, this);
    this._show();
  }

  readonly node = element('div', 'jp-PresignTree');

  /** Emitted with what somebody has chosen. */
  get chosen(): ISignal<this, IFolderItem> {
    return this._chosen;
  }

  /** Emitted when somebody is content with the notebook that is marked. */
  get taken(): ISignal<this, void> {
    return this._taken;
  }

  /** What the tree is of, for those who cannot see it. */
  set label(label: string) {
    this._rows.setAttribute('aria-label', label);
  }

  /** Mark the notebook at a path, if there is one. */
  mark(path: string): void {
    this._at = path;
    this._mark();
  }

  dispose(): void {
    Signal.clearData(this);
  }

  private _show(): void {
    const { rows, isLoading, error, problems } = this._tree;
    this._rows.hidden = rows.length === 0;
    this._rows.setAttribute('aria-busy', isLoading.toString());
    this._rows.replaceChildren(...rows.map((row, at) => this._row(row, at)));
    this._mark();
    if (error !== null) {
      this._said.replaceChildren(trouble(error, this._trans));
    } else if (isLoading) {
      this._said.textContent = this._trans.__('Looking…');
    } else {
      this._said.textContent = problems.join(' ');
    }
  }

  private _row({ item, level, isOpen }: ITreeRow, at: number): HTMLElement {
    const { isFolder, name } = item;
    const caret = element('span', 'jp-PresignTree-caret');
    const icon = (isFolder ? folderIcon : notebookIcon).element({
      tag: 'span',
      className: 'jp-PresignPicker-icon'
    });
    const row = element(
      'div',
      'jp-PresignTree-row',
      caret,
      icon,
      element('span', 'jp-PresignPicker-title', name)
    );
    row.id = `${ROW_ID}-${at.toString()}`;
    row.title = item.path;
    row.setAttribute('role', 'treeitem');
    row.setAttribute('aria-level', level.toString());
    row.style.setProperty('--jp-presign-level', (level - 1).toString());
    if (isFolder) {
      row.setAttribute('aria-expanded', isOpen.toString());
      caret.append(caretRightIcon.element({ tag: 'span' }));
    }
    row.addEventListener('click', () => {
      this._choose(item);
      if (isFolder) {
        this._turn(item, !isOpen);
      }
    });
    return row;
  }

  private _onKey(event: KeyboardEvent): void {
    const { rows } = this._tree;
    const at = this._index();
    const next = destination(event, rows, at);
    const row = rows[next];
    if (event.key === 'Enter') {
      this._enter(rows[at]);
    } else if (row !== undefined && next !== at) {
      this._choose(row.item);
    } else if (next === at && row?.item.isFolder === true && isSideways(event)) {
      this._turn(row.item, event.key === 'ArrowRight');
    } else if (next < 0) {
      return;
    }
    event.preventDefault();
  }

  private _enter(row: ITreeRow | undefined): void {
    if (row?.item.isFolder === true) {
      this._turn(row.item, !row.isOpen);
    } else if (row !== undefined) {
      this._taken.emit();
    }
  }

  private _turn({ path }: IFolderItem, isOpen: boolean): void {
    if (isOpen) {
      void this._tree.open(path);
    } else {
      this._tree.close(path);
    }
  }

  private _choose(item: IFolderItem): void {
    this.mark(item.path);
    this._chosen.emit(item);
  }

  private _index(): number {
    return this._tree.rows.findIndex(({ item }) => item.path === this._at);
  }

  private _mark(): void {
    const at = this._index();
    for (const [index, row] of [...this._rows.children].entries()) {
      row.setAttribute('aria-selected', (index === at).toString());
    }
    const row = this._rows.children[at];
    this._rows.setAttribute('aria-activedescendant', row?.id ?? '');
    row?.scrollIntoView({ block: 'nearest' });
  }

  private readonly _tree: NotebookTree;
  private readonly _trans: TranslationBundle;
  private readonly _rows = element('div', 'jp-PresignTree-rows');
  private readonly _said = element('div', 'jp-PresignPicker-said');
  private readonly _chosen = new Signal<this, IFolderItem>(this);
  private readonly _taken = new Signal<this, void>(this);
  /** Path of what is marked. */
  private _at = '';
}

const ROW_ID = 'jp-PresignTree-row';

function isSideways({ key }: KeyboardEvent): boolean {
  return key === 'ArrowRight' || key === 'ArrowLeft';
}

/** Tell to which row a key leads; where it is, for one that opens or closes; -1 for no such key. */
function destination(event: KeyboardEvent, rows: readonly ITreeRow[], at: number): number {
  const { key, altKey, ctrlKey, metaKey } = event;
  const row = rows[at];
  const last = rows.length - 1;
  if (altKey || ctrlKey || metaKey) {
    return -1;
  }
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, last);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'ArrowRight':
      // Into a folder that is open already.
      return row?.isOpen === true && (rows[at + 1]?.level ?? 0) > row.level ? at + 1 : at;
    case 'ArrowLeft':
      return row === undefined || row.isOpen ? at : parentOf(rows, at, row.level);
    default:
      return key.length === 1 && key !== ' ' ? startingWith(rows, key.toLowerCase(), at) : -1;
  }
}

function parentOf(rows: readonly ITreeRow[], at: number, level: number): number {
  const above = rows.slice(0, at).map(row => row.level < level);
  return above.includes(true) ? above.lastIndexOf(true) : at;
}

/** The next row whose name starts with a letter. */
function startingWith(rows: readonly ITreeRow[], letter: string, at: number): number {
  const order = [...rows.keys()].map(step => (at + 1 + step) % rows.length);
  return order.find(one => rows[one]?.item.name.toLowerCase().startsWith(letter)) ?? -1;
}
