import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import { element } from '../element';

/** Where somebody writes what they look for. */
export class FilterBox {
  constructor(trans: TranslationBundle) {
    const label = trans.__('Filter targets and links');
    this.node.type = 'search';
    this.node.placeholder = label;
    this.node.spellcheck = false;
    this.node.setAttribute('aria-label', label);
    this.node.addEventListener('input', () => {
      this._changed.emit(this.node.value.trim());
    });
  }

  readonly node = element('input', 'jp-PresignFilter jp-mod-styled');

  /** Emitted with the text. */
  get changed(): ISignal<this, string> {
    return this._changed;
  }

  private readonly _changed = new Signal<this, string>(this);
}
