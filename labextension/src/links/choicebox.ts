import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import { element } from '../element';
import { rankOf } from '../model/providerorder';
import { type IChoice, matching } from './choices';
import { iconOf } from './providericons';

/** How many choices are shown at once; more words find the others. */
const SHOWN = 60;
const LIST_ID = 'jp-PresignPicker-targets';

/**
 * A field for words, and the list of what has them.
 *
 * What words find first is a guess, which follows better ones that come later. It stays as soon as
 * somebody takes it: by an arrow, a click, or by going on with it (`settle`).
 */
export class ChoiceBox {
  constructor(trans: TranslationBundle) {
    const { words } = this;
    words.type = 'search';
    words.spellcheck = false;
    words.autocomplete = 'off';
    words.placeholder = trans.__('Server, instance or open notebook');
    words.setAttribute('role', 'combobox');
    words.setAttribute('aria-expanded', 'true');
    words.setAttribute('aria-controls', LIST_ID);
    this.list.id = LIST_ID;
    this.list.setAttribute('role', 'listbox');
    this.list.setAttribute('aria-label', trans.__('Targets'));
    words.addEventListener('input', () => {
      this._show();
    });
    words.addEventListener('keydown', event => {
      this._onKey(event);
    });
  }

  readonly words = element('input', 'jp-mod-styled');
  readonly list = element('ul', 'jp-PresignPicker-list');

  /** What is chosen, or guessed. */
  get chosen(): IChoice | null {
    return this._chosen;
  }

  /** Emitted when something else is chosen, or nothing any more. */
  get changed(): ISignal<this, IChoice | null> {
    return this._changed;
  }

  /** Emitted with how many have the words, of which not all may be shown. */
  get found(): ISignal<this, IFound> {
    return this._found;
  }

  /** Offer more; what is known by its reference is not offered twice. */
  add(choices: readonly IChoice[]): void {
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

  /** Keep what is guessed now, whatever else is found. */
  settle(): void {
    this._isGuess = false;
  }

  dispose(): void {
    Signal.clearData(this);
  }

  private _show(): void {
    const found = matching(this._choices, this.words.value);
    this._shown = found.slice(0, SHOWN);
    this.list.replaceChildren(...this._shown.map((choice, at) => this._option(choice, at)));
    const isSearch = this.words.value.trim() !== '';
    const isGone = this._chosen === null || !this._shown.includes(this._chosen);
    if (isGone || this._isGuess) {
      // Which Enter takes.
      this._isGuess = true;
      this._choose((isSearch ? this._shown[0] : undefined) ?? null);
    }
    this._mark();
    this._found.emit({ all: found.length, shown: this._shown.length });
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
      this.settle();
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
    this.settle();
    const at = this._chosen === null ? -1 : this._shown.indexOf(this._chosen);
    const next = Math.min(Math.max(at + step, 0), this._shown.length - 1);
    this._choose(this._shown[next] ?? null);
  }

  private _choose(choice: IChoice | null): void {
    if (choice !== this._chosen) {
      this._chosen = choice;
      this._mark();
      this._changed.emit(choice);
    }
  }

  /** Show which one is chosen. */
  private _mark(): void {
    const at = this._chosen === null ? -1 : this._shown.indexOf(this._chosen);
    for (const [index, option] of [...this.list.children].entries()) {
      option.setAttribute('aria-selected', (index === at).toString());
    }
    const chosen = this.list.children[at];
    this.words.setAttribute('aria-activedescendant', chosen?.id ?? '');
    chosen?.scrollIntoView({ block: 'nearest' });
  }

  private readonly _changed = new Signal<this, IChoice | null>(this);
  private readonly _found = new Signal<this, IFound>(this);
  private _choices: readonly IChoice[] = [];
  private _shown: readonly IChoice[] = [];
  private _chosen: IChoice | null = null;
  private _isGuess = true;
}

/** How many have the words, and how many of them are in the list. */
export interface IFound {
  readonly all: number;
  readonly shown: number;
}
