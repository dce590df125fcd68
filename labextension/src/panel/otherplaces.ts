import type { TranslationBundle } from '@jupyterlab/translation';
import type { IProvider } from '../api/values';
import { element } from '../element';
import { trouble } from './trouble';

/** One quiet line for the kinds of places that nobody has set up, and what would set them up. */
export class OtherPlaces {
  constructor(trans: TranslationBundle) {
    this._trans = trans;
    this.node.append(this._line, this._reasons);
    this.node.hidden = true;
  }

  readonly node = element('details', 'jp-PresignOthers');

  /** Those that are not set up for one and the same reason are told of together. */
  show(providers: readonly IProvider[]): void {
    const reasons = new Map<string, IProvider[]>();
    for (const provider of providers) {
      const key = JSON.stringify([provider.reason, provider.mend]);
      reasons.set(key, [...(reasons.get(key) ?? []), provider]);
    }
    const { length } = providers;
    this.node.hidden = length === 0;
    this._line.textContent = this._trans._n(
      '%1 kind of places not set up',
      '%1 kinds of places not set up',
      length,
      length
    );
    this._reasons.replaceChildren(
      ...[...reasons.values()].flatMap(same => {
        const [{ reason: message, mend: hint } = { reason: '', mend: '' }] = same;
        const names = same.map(({ title }) => title).join(', ');
        return [element('p', 'jp-PresignEmpty', names), trouble({ message, hint }, this._trans)];
      })
    );
  }

  private readonly _trans: TranslationBundle;
  private readonly _line = element('summary', '');
  private readonly _reasons = element('div', '');
}
