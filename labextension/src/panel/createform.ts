import type { TranslationBundle } from '@jupyterlab/translation';
import { button, element } from '../element';
import type { IPresign } from '../tokens';
import { field, type IMintDefaults, MINT_DEFAULTS, MintFields } from './mintfields';
import { Notice } from './notice';
import { UrlBox } from './urlbox';

/** How many references are offered while one is written. */
const OFFERED = 200;

/** Where a new link is made, and its URL is told once. */
export class CreateForm {
  constructor(presign: IPresign, trans: TranslationBundle) {
    this._presign = presign;
    this._trans = trans;
    this._fields = new MintFields(trans);
    this._notice = new Notice(trans);
    this._urlBox = new UrlBox(trans, () => {
      this.close();
    });
    this._target.required = true;
    this._target.spellcheck = false;
    this._target.autocomplete = 'off';
    this._target.placeholder = 'jupyter:my-server/lab/tree/a.ipynb';
    this._known.id = 'jp-presign-known-targets';
    this._target.setAttribute('list', this._known.id);
    this._target.addEventListener('input', () => {
      this._aim();
    });
    const make = button(trans.__('Make link'), 'jp-mod-accept', () => undefined);
    make.type = 'submit';
    this._form.setAttribute('aria-label', trans.__('New link'));
    this._form.append(
      element('h2', 'jp-PresignForm-title', trans.__('New link')),
      field(trans.__('To'), this._target),
      this._known,
      this._fields.node,
      this._notice.node,
      element(
        'div',
        'jp-PresignActs',
        button(trans.__('Cancel'), 'jp-mod-reject', () => {
          this.close();
        }),
        make
      )
    );
    this._form.addEventListener('submit', event => {
      event.preventDefault();
      void this._mint();
    });
    this.node.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        this.close();
      }
    });
    this.node.append(this._form, this._urlBox.node);
    this.node.hidden = true;
  }

  readonly node = element('div', 'jp-PresignForm');

  /** Ask for the terms of a link, which begin with these, and for its target if that is empty. */
  open(reference: string, defaults: IMintDefaults = MINT_DEFAULTS): void {
    this._before = document.activeElement;
    this._urlBox.clear();
    this._notice.say('');
    this._fields.reset(defaults);
    this._target.value = reference;
    this._offer();
    this._aim();
    this._form.hidden = false;
    this.node.hidden = false;
    this._target.focus();
    this.node.scrollIntoView({ block: 'nearest' });
  }

  /** Close it, and forget what was in it. */
  close(): void {
    const hadFocus = this.node.contains(document.activeElement);
    this._urlBox.clear();
    this._target.value = '';
    this.node.hidden = true;
    if (hadFocus && this._before instanceof HTMLElement) {
      this._before.focus();
    }
  }

  private async _mint(): Promise<void> {
    if (this._isMinting) {
      return;
    }
    this._isMinting = true;
    const minting = async (): Promise<void> => {
      const target = this._target.value.trim().replace(/^presign:/, '');
      const minted = await this._presign.links.mint({ target, ...this._fields.terms() });
      this._form.hidden = true;
      this._urlBox.show(minted);
    };
    await this._notice.tell(minting(), this._trans.__('The link is made.'));
    this._isMinting = false;
  }

  private _aim(): void {
    const [, provider = ''] = /^(?:presign:)?([a-z][a-z0-9-]*):/.exec(this._target.value) ?? [];
    this._fields.provider = provider;
  }

  private _offer(): void {
    const known = this._presign.targets.groups.flatMap(({ items }) => items).slice(0, OFFERED);
    this._known.replaceChildren(
      ...known.map(({ title, reference }) => new Option(title, reference))
    );
  }

  private readonly _presign: IPresign;
  private readonly _trans: TranslationBundle;
  private readonly _form = element('form', 'jp-PresignForm-terms');
  private readonly _target = element('input', 'jp-mod-styled');
  private readonly _known = element('datalist', '');
  private readonly _fields: MintFields;
  private readonly _notice: Notice;
  private readonly _urlBox: UrlBox;
  private _before: Element | null = null;
  private _isMinting = false;
}
