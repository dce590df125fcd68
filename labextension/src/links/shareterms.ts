import type { TranslationBundle } from '@jupyterlab/translation';
import type { IMintRequest } from '../api/values';
import { element } from '../element';
import { MintFields } from '../panel/mintfields';
import type { IReference } from '../reference/reference';

/** The terms on which one document is shared. */
export class ShareTerms {
  /** `path` is the document's below the server's root directory. */
  constructor(reference: IReference, path: string, trans: TranslationBundle) {
    this._path = path;
    this._fields = new MintFields(trans);
    this._fields.provider = reference.provider;
    this._only.type = 'checkbox';
    this._only.checked = true;
    // Only our own server can limit a session to a document.
    this._isLimitable = reference.provider === 'jupyter';
    const only = element(
      'label',
      'jp-PresignShare-only',
      this._only,
      trans.__('Only this document')
    );
    only.hidden = !this._isLimitable;
    this.said.setAttribute('role', 'status');
    this.node.append(only, this._fields.node, this.said);
  }

  readonly node = element('div', 'jp-PresignShare');
  /** Where is said why the link was not made. */
  readonly said = element('div', 'jp-PresignShare-said');

  /** What was chosen. */
  value(): Omit<IMintRequest, 'target'> {
    const terms = this._fields.terms();
    const isLimited = this._isLimitable && this._only.checked && !terms.within;
    return isLimited ? { ...terms, within: this._path } : terms;
  }

  private readonly _path: string;
  private readonly _fields: MintFields;
  private readonly _only = element('input', '');
  private readonly _isLimitable: boolean;
}
