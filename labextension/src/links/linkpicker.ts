import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { PresignError } from '../api/presignerror';
import type { PresignApi } from '../api/presignapi';
import type { IFolderItem } from '../api/values';
import { element } from '../element';
import { NotebookTree } from '../model/notebooktree';
import { rankOf } from '../model/providerorder';
import { field } from '../panel/mintfields';
import { trouble } from '../panel/trouble';
import type { Place } from '../reference/place';
import { toMarkdown } from '../reference/reference';
import { type IChoice, choiceOf, labelOf, matching, referenceOn } from './choices';
import { NotebookTreeView } from './notebooktreeview';
import { iconOf } from './providericons';

/** How many choices are shown at once; more words find the others. */
const SHOWN = 60;
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
    this._tree = new NotebookTree(api);
    this._notebooks = new NotebookTreeView(this._tree, trans);
    this.addClass('jp-PresignPicker');
    for (const input of [this._words, this._path, this._label]) {
      input.type = 'text';
      input.spellcheck = false;
      input.autocomplete = 'off';
    }
    this._words.type = 'search';
    this._words.placeholder = trans.__('Server, instance or open notebook');
    this._words.setAttribute('role', 'combobox');
    this._words.setAttribute('aria-expanded', 'true');
    this._words.setAttribute('aria-controls', LIST_ID);
    this._path.placeholder = 'folder/notebook.ipynb';
    this._list.id = LIST_ID;
    this._list.setAttribute('role', 'listbox');
    this._list.setAttribute('aria-label', trans.__('Targets'));
    this._said.setAttribute('role', 'status');
    this._pathField = field(trans.__('Notebook or file there'), this._path);
    this._pathField.hidden = this._notebooks.node.hidden = true;
    this._written.setAttribute('aria-label', trans.__('Markdown of the link'));
    this.node.append(
      field(trans.__('Link to'), this._words),
      this._list,
      this._said,
      this._pathField,
      this._notebooks.node,
      field(trans.__('Shown as'), this._label),
      this._written
    );
    this._words.addEventListener('input', () => {
      this._show();
    });
    this._words.addEventListener('keydown', event => {
      this._onKey(event);
    });
    this._path.addEventListener('input', () => {
      this._notebooks.mark(this._path.value);
      this._write();
    });
    this._notebooks.chosen.connect((_, item) => {
      this._pick(item);
    }, this);
    this._notebooks.taken.connect(this._accept, this);
    this._label.addEventListener('input', () => {
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
      this._tellCount();
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
      this._add(answer.items.map(target => choiceOf(target, server)).filter(one => one !== null));
      cursor = answer.cursor;
      if (cursor === '') {
        return;
      }
    }
  }

  private _add(choices: readonly IChoice[]): void {
    const known = new Set(this._choices.map(({ reference }) => reference));
    const all = [...this._choices, ...choices.filter(one => !known.has(one.reference))];
    // A place's name is in the references of its notebooks too, and means the place first.
    this._choices = all.sort(
      (one, other) =>
        Number(one.provider === 'session') - Number(other.provider === 'session') ||
        rankOf(one.provider) - rankOf(other.provider)
    );
    this._show();
  }

  private _show(): void {
    const found = matching(this._choices, this._words.value);
    this._shown = found.slice(0, SHOWN);
    this._list.replaceChildren(...this._shown.map((choice, at) => this._option(choice, at)));
    const isGone = this._chosen !== null && !this._shown.includes(this._chosen);
    const isSearch = this._words.value.trim() !== '';
    if (isGone || (isSearch && this._chosen === null)) {
      // The best guess, which Enter takes.
      this._choose((isSearch ? this._shown[0] : undefined) ?? null);
    }
    this._mark();
    this._tellCount(found.length);
  }

  private _tellCount(count = this._choices.length): void {
    this._said.textContent =
      count === 0
        ? this._trans.__('Nothing found. Start a server, or sign in to AWS, and open this again.')
        : count > SHOWN
          ? this._trans.__('%1 found; write more to see others than these.', count)
          : '';
  }

  private _option(choice: IChoice, at: number): HTMLElement {
    const option = element('li', 'jp-PresignPicker-option');
    option.id = `${LIST_ID}-${at.toString()}`;
    option.setAttribute('role', 'option');
    option.append(
      iconOf(choice.provider).element({ tag: 'span', className: 'jp-PresignPicker-icon' }),
      element('span', 'jp-PresignPicker-title', choice.title),
      element('span', 'jp-PresignPicker-detail', `${choice.provider} · ${choice.detail}`)
    );
    option.addEventListener('click', () => {
      this._choose(choice);
    });
    return option;
  }

  private _onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined || this._shown.length === 0) {
      return;
    }
    event.preventDefault();
    const at = this._chosen === null ? -1 : this._shown.indexOf(this._chosen);
    const next = Math.min(Math.max(at + step, 0), this._shown.length - 1);
    this._choose(this._shown[next] ?? null);
  }

  private _choose(choice: IChoice | null): void {
    const isOther = choice?.reference !== this._chosen?.reference;
    this._chosen = choice;
    this._mark();
    const isPlace = choice?.isPlace === true;
    this._pathField.hidden = this._notebooks.node.hidden = !isPlace;
    if (isOther) {
      this._picked = null;
      this._notebooks.label = this._trans.__('Notebooks on %1', choice?.title ?? '');
      void this._lookAt(isPlace ? choice : null);
    }
    this._write();
  }

  /** Show what is on a place; a server lists its own files under whatever name it has. */
  private async _lookAt(choice: IChoice | null): Promise<void> {
    await this._tree.look('');
    if (choice !== null) {
      const here = await this._place.written();
      // Whoever goes down the list stays nowhere for long.
      await new Promise(resolve => setTimeout(resolve, PAUSE));
      if (this._chosen === choice && !this.isDisposed) {
        await this._tree.look(choice.reference === here ? 'jupyter:.' : choice.reference);
      }
    }
  }

  /** Take a notebook, or folder, out of the tree. */
  private _pick(item: IFolderItem): void {
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
    const [choice, picked, path] = [this._chosen, this._picked, this._path.value];
    if (choice === null) {
      return '';
    }
    // Its own server knows best on which page it shows a file.
    return choice.provider === 'jupyter' && picked !== null && picked.path === path
      ? picked.reference
      : referenceOn(choice, path);
  }

  /** Show which one is chosen. */
  private _mark(): void {
    const at = this._chosen === null ? -1 : this._shown.indexOf(this._chosen);
    for (const [index, option] of [...this._list.children].entries()) {
      option.setAttribute('aria-selected', (index === at).toString());
    }
    const chosen = this._list.children[at];
    this._words.setAttribute('aria-activedescendant', chosen?.id ?? '');
    chosen?.scrollIntoView({ block: 'nearest' });
  }

  private _write(): void {
    this._label.placeholder = this._name();
    this._judge();
    this._written.textContent = this.getValue() || this._words.validationMessage;
    this._written.classList.toggle('jp-PresignHelp', this._chosen === null);
  }

  private _name(): string {
    return this._chosen === null ? '' : labelOf(this._reference(), this._chosen);
  }

  /** Have the dialog accept nothing as long as nothing is chosen. */
  private _judge(): void {
    const missing = this._trans.__('Choose above what the link leads to: click it, or press ↓.');
    this._words.setCustomValidity(this._chosen === null ? missing : '');
    // JupyterLab's dialogs (4.3 to 4.6) look again when something is written in them.
    this.node.dispatchEvent(new Event('input', { bubbles: true }));
  }

  private readonly _api: PresignApi;
  private readonly _place: Place;
  private readonly _trans: TranslationBundle;
  private readonly _words = element('input', 'jp-mod-styled');
  private readonly _list = element('ul', 'jp-PresignPicker-list');
  private readonly _said = element('div', 'jp-PresignPicker-said');
  private readonly _path = element('input', 'jp-mod-styled');
  private readonly _pathField: HTMLElement;
  private readonly _tree: NotebookTree;
  private readonly _notebooks: NotebookTreeView;
  private readonly _label = element('input', 'jp-mod-styled');
  private readonly _written = element('output', 'jp-PresignPicker-written');
  private _choices: readonly IChoice[] = [];
  private _shown: readonly IChoice[] = [];
  private _chosen: IChoice | null = null;
  /** What was taken out of the tree, last. */
  private _picked: IFolderItem | null = null;
}

const LIST_ID = 'jp-PresignPicker-targets';
