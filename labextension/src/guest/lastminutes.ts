import type { TranslationBundle } from '@jupyterlab/translation';
import { Card } from '../card';
import { button, element } from '../element';
import { sayTime } from '../words';
import type { IOpenDocument } from './opendocument';

/** Tells a guest once that the end is near, and offers to save what is unsaved. */
export class LastMinutes {
  /** `documents` are those that can be saved. */
  constructor(documents: () => IOpenDocument[], trans: TranslationBundle) {
    this._documents = documents;
    this._trans = trans;
    this._said.setAttribute('role', 'status');
    this._card.node.append(this._said, this._acts);
  }

  /** Show it beside `anchor`; the session ends at `end`. */
  show(anchor: Element, end: Date, maySave: boolean): void {
    const trans = this._trans;
    const { length } = this._documents().filter(({ isUnsaved }) => isUnsaved);
    const later = button(trans.__('Dismiss'), 'jp-mod-reject', () => {
      this._card.close();
    });
    this._acts.replaceChildren(later);
    if (maySave && length > 0) {
      this._acts.append(
        button(trans.__('Save'), 'jp-mod-accept', () => {
          void this._save();
        })
      );
    }
    this._card.open(anchor);
    this._said.textContent = trans.__('Your guest session ends at %1.', sayTime(end));
  }

  close(): void {
    this._card.close();
  }

  dispose(): void {
    this._card.dispose();
  }

  private async _save(): Promise<void> {
    const unsaved = this._documents().filter(({ isUnsaved }) => isUnsaved);
    await Promise.all(unsaved.map(each => each.save()));
    const isLeft = this._documents().some(each => each.isUnsaved);
    this._said.textContent = isLeft
      ? this._trans.__('Not everything could be saved.')
      : this._trans.__('Saved.');
    this._acts.lastElementChild?.remove();
  }

  private readonly _documents: () => IOpenDocument[];
  private readonly _trans: TranslationBundle;
  private readonly _card = new Card('jp-PresignLastMinutes', 'manual');
  private readonly _said = element('p', 'jp-PresignCard-text');
  private readonly _acts = element('div', 'jp-PresignActs');
}
