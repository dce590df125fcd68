import { Signal, type ISignal } from '@lumino/signaling';
import { PresignError } from '../api/presignerror';
import type { IFolder, IFolderItem } from '../api/values';

/** What is used of the server's API. */
export interface INotebooksApi {
  notebooks(reference: string, folder: string): Promise<IFolder>;
}

/** A folder or notebook as it stands in the tree. */
export interface ITreeRow {
  readonly item: IFolderItem;
  /** From 1 on. */
  readonly level: number;
  readonly isOpen: boolean;
}

/** The folders and notebooks of one place, as far as somebody has opened them. */
export class NotebookTree {
  constructor(api: INotebooksApi) {
    this._api = api;
  }

  /** Emitted when there is something else to show. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What can be seen, from top to bottom. */
  get rows(): readonly ITreeRow[] {
    return this._below('', 1);
  }

  get isLoading(): boolean {
    return this._loading > 0;
  }

  /** What went wrong last, if anything. */
  get error(): PresignError | null {
    return this._error;
  }

  /** What is left out of the folders that are open, as sentences. */
  get problems(): readonly string[] {
    const open = ['', ...this._open].map(path => this._folders.get(path)?.problems ?? []);
    return open.flat();
  }

  /** Begin with the root of a place; with no reference there is nothing to show. */
  async look(reference: string): Promise<void> {
    this._reference = reference;
    this._loading = 0;
    this._error = null;
    this._folders.clear();
    this._open.clear();
    this._changed.emit();
    if (reference !== '') {
      await this._load('');
    }
  }

  /** Show what is in a folder. */
  async open(path: string): Promise<void> {
    this._open.add(path);
    this._changed.emit();
    if (!this._folders.has(path)) {
      await this._load(path);
    }
  }

  /** Show no more what is in a folder. */
  close(path: string): void {
    this._open.delete(path);
    this._changed.emit();
  }

  private async _load(path: string): Promise<void> {
    const reference = this._reference;
    this._loading += 1;
    this._error = null;
    this._changed.emit();
    let told: IFolder | PresignError;
    try {
      told = await this._api.notebooks(reference, path);
    } catch (thrown) {
      told = PresignError.from(thrown);
    }
    if (this._reference !== reference) {
      // Somebody has looked elsewhere meanwhile.
      return;
    }
    this._loading -= 1;
    if (told instanceof PresignError) {
      this._error = told;
      this._open.delete(path);
    } else {
      this._folders.set(path, told);
    }
    this._changed.emit();
  }

  private _below(path: string, level: number): ITreeRow[] {
    const { items = [] } = this._folders.get(path) ?? {};
    return items.flatMap(item => {
      const isOpen = item.isFolder && this._open.has(item.path);
      return [{ item, level, isOpen }, ...(isOpen ? this._below(item.path, level + 1) : [])];
    });
  }

  private readonly _api: INotebooksApi;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _folders = new Map<string, IFolder>();
  private readonly _open = new Set<string>();
  private _reference = '';
  private _loading = 0;
  private _error: PresignError | null = null;
}
