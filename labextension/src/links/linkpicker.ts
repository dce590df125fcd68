import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { PresignError } from '../api/presignerror';
import type { PresignApi } from '../api/presignapi';
import type { IFolderItem } from '../api/values';
import { element } from '../element';
import { NotebookTree } from '../model/notebooktree';
import { field } from '../panel/mintfields';
import { trouble } from '../panel/trouble';
import type { Place } from '../reference/place';
import { toMarkdown } from '../reference/reference';
import { ChoiceBox, type IFound } from './choicebox';
import { type IChoice, choiceOf, labelOf, referenceOn } from './choices';
import { NotebookTreeView } from './notebooktreeview';

/** How long a choice stands before its notebooks are asked for, milliseconds. */
const PAUSE = 150;
/** How many pages of targets are asked for. */
const PAGES = 20;

interface ISources {
  readonly api: PresignApi;
  readonly place: Place;
  readonly trans: TranslationBundle;
}

/** Where somebody chooses what a link leads to, and what it is called. */
export class LinkPicker extends Widget {
  constructor({ api, place, trans }: ISources) {
    super();
    this._api = api;
    this._place = place;
    this._trans = trans;
    this._box = new ChoiceBox(trans);
    this._tree = new NotebookTree(api);
    this._notebooks = new NotebookTreeView(this._tree, trans);
    this.addClass('jp-PresignPicker');
    for (const input of [this._path, this._label]) {
      input.type = 'text';
      input.spellcheck = false;
      input.autocomplete = 'off';
    }
    this._path.placeholder = 'folder/notebook.ipynb';
    this._said.setAttribute('role', 'status');
    this._pathField = field(trans.__('Notebook or file there'), this._path);
    this._pathField.hidden = this._notebooks.node.hidden = true;
    this._written.setAttribute('aria-label', trans.__('Markdown of the link'));
    this.node.append(
      field(trans.__('Link to'), this._box.words),
      this._box.list,
      this._said,
      this._pathField,
      this._notebooks.node,
      field(trans.__('Shown as'), this._label),
      this._written
    );
    this._box.changed.connect(this._show, this);
    this._box.found.connect((_, found) => {
      this._tellCount(found);
    }, this);
    this._path.addEventListener('input', () => {
      this._box.settle();
      this._notebooks.mark(this._path.value);
      this._write();
    });
    this._notebooks.chosen.connect((_, item) => {
      this._pick(item);
    }, this);
    this._notebooks.taken.connect(this._accept, this);
    this._label.addEventListener('input', () => {
      this._box.settle();
      this._write();
    });
    this._write();
    void this._load();
  }

  /** The link in Markdown; empty as long as nothing is chosen. Asked for by JupyterLab's dialog. */
  getValue(): string {
    const reference = this._reference();
    return reference === '' ? '' : toMarkdown(reference, this._label.value.trim() || this._name());
  }

  override dispose(): void {
    this._box.dispose();
    this._notebooks.dispose();
    Signal.clearData(this._tree);
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    // The dialog around it begins to listen after its parts are on the page.
    queueMicrotask(() => {
      this._judge();
    });
  }

  /** Ask for all that there is, a page at a time; what is there already can be chosen. */
  private async _load(): Promise<void> {
    this._said.textContent = this._trans.__('Looking…');
    try {
      const server = await this._place.server();
      await Promise.all(['session', ''].map(provider => this._loadAll(provider, server)));
      this._isLoaded = true;
      this._box.add([]);
    } catch (thrown) {
      this._said.replaceChildren(trouble(PresignError.from(thrown), this._trans));
    }
  }

  private async _loadAll(
    provider: string,
    server: Awaited<ReturnType<Place['server']>>
  ): Promise<void> {
    let cursor = '';
    for (let page = 0; page < PAGES && !this.isDisposed; page += 1) {
      const answer = await this._api.targets({ provider, cursor });
      this._box.add(
        answer.items.map(target => choiceOf(target, server)).filter(one => one !== null)
      );
      cursor = answer.cursor;
      if (cursor === '') {
        return;
      }
    }
  }

  private _tellCount({ all, shown }: IFound): void {
    if (all === 0 && !this._isLoaded) {
      return;
    }
    this._said.textContent =
      all === 0
        ? this._trans.__('Nothing found. Start a server, or sign in to AWS, and open this again.')
        : all > shown
          ? this._trans.__('%1 found; write more to see others than these.', all)
          : '';
  }

  /** Show what there is to say about what is chosen. */
  private _show(_: ChoiceBox, choice: IChoice | null): void {
    const isPlace = choice?.isPlace === true;
    this._pathField.hidden = this._notebooks.node.hidden = !isPlace;
    this._picked = null;
    this._notebooks.label = this._trans.__('Notebooks on %1', choice?.title ?? '');
    void this._lookAt(isPlace ? choice : null);
    this._write();
  }

  /** Show what is on a place; a server lists its own files under whatever name it has. */
  private async _lookAt(choice: IChoice | null): Promise<void> {
    await this._tree.look('');
    if (choice !== null) {
      const here = await this._place.written();
      // Whoever goes down the list stays nowhere for long.
      await new Promise(resolve => setTimeout(resolve, PAUSE));
      if (this._box.chosen === choice && !this.isDisposed) {
        await this._tree.look(choice.reference === here ? 'jupyter:.' : choice.reference);
      }
    }
  }

  /** Take a notebook, or folder, out of the tree. */
  private _pick(item: IFolderItem): void {
    this._box.settle();
    this._picked = item;
    this._path.value = item.path;
    this._write();
  }

  /** JupyterLab's dialogs (4.6) take Enter from fields only. */
  private _accept(): void {
    this.node
      .closest('.jp-Dialog')
      ?.querySelector<HTMLElement>('.jp-Dialog-button.jp-mod-accept')
      ?.click();
  }

  /** What the link leads to; empty as long as nothing is chosen. */
  private _reference(): string {
    const { chosen: choice } = this._box;
    const [picked, path] = [this._picked, this._path.value];
    if (choice === null) {
      return '';
    }
    // Its own server knows best on which page it shows a file.
    return choice.provider === 'jupyter' && picked !== null && picked.path === path
      ? picked.reference
      : referenceOn(choice, path);
  }

  private _write(): void {
    this._label.placeholder = this._name();
    this._judge();
    this._written.textContent = this.getValue() || this._box.words.validationMessage;
    this._written.classList.toggle('jp-PresignHelp', this._box.chosen === null);
  }

  private _name(): string {
    const { chosen } = this._box;
    return chosen === null ? '' : labelOf(this._reference(), chosen);
  }

  /** Have the dialog accept nothing as long as nothing is chosen. */
  private _judge(): void {
    const missing = this._trans.__('Choose above what the link leads to: click it, or press ↓.');
    this._box.words.setCustomValidity(this._box.chosen === null ? missing : '');
    // JupyterLab's dialogs (4.3 to 4.6) look again when something is written in them.
    this.node.dispatchEvent(new Event('input', { bubbles: true }));
  }

  private readonly _api: PresignApi;
  private readonly _place: Place;
  private readonly _trans: TranslationBundle;
  private readonly _box: ChoiceBox;
  private readonly _said = element('div', 'jp-PresignPicker-said');
  private readonly _path = element('input', 'jp-mod-styled');
  private readonly _pathField: HTMLElement;
  private readonly _tree: NotebookTree;
  private readonly _notebooks: NotebookTreeView;
  private readonly _label = element('input', 'jp-mod-styled');
  private readonly _written = element('output', 'jp-PresignPicker-written');
  private _isLoaded = false;
  /** What was taken out of the tree, last. */
  private _picked: IFolderItem | null = null;
}
