import type { TranslationBundle } from '@jupyterlab/translation';
import type { IMinted } from '../api/values';
import { button, element } from '../element';
import { openTab } from '../model/opentab';
import { nameOf } from '../owner/guestsession';
import { sayScope } from '../words';
import { copyText } from './clipboard';

/**
 * Shows the URL of a new link once, on demand.
 *
 * It is in this box alone, in no model and nothing that is saved, and gone when the box is cleared.
 */
export class UrlBox {
  /** `done` is called when somebody has no more need of it. */
  constructor(trans: TranslationBundle, done?: () => void) {
    this._trans = trans;
    this._done = done;
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', trans.__('New link'));
    this.node.hidden = true;
  }

  readonly node = element('div', 'jp-PresignUrlBox');

  /** Offer what was minted; the focus goes to the button that copies. */
  show({ link, url }: IMinted): void {
    const trans = this._trans;
    const said = element('p', 'jp-PresignUrlBox-said');
    said.setAttribute('role', 'status');
    const copy = button(trans.__('Copy'), 'jp-mod-accept', () => {
      void copyText(url).then(() => {
        said.textContent = trans.__('Copied.');
      });
    });
    const reveal = button(trans.__('Show'), 'jp-mod-minimal', () => {
      const shown = this._shown(url);
      reveal.replaceWith(shown);
      shown.focus();
    });
    this.node.replaceChildren(
      element(
        'p',
        '',
        trans.__(
          'Link to %1, %2, until %3.',
          nameOf(link),
          sayScope(link.scope, trans),
          link.goodUntil.toLocaleTimeString()
        )
      ),
      element(
        'p',
        'jp-PresignHelp',
        trans.__('Its URL can be had here and never again. Whoever has it can use it.')
      ),
      element(
        'div',
        'jp-PresignActs',
        reveal,
        button(trans.__('Open'), 'jp-mod-minimal', () => {
          openTab(url);
        }),
        button(trans.__('Done'), 'jp-mod-minimal', () => {
          this.clear();
          this._done?.();
        }),
        copy
      ),
      said
    );
    this.node.hidden = false;
    copy.focus();
  }

  /** Forget the URL. */
  clear(): void {
    this.node.replaceChildren();
    this.node.hidden = true;
  }

  private _shown(url: string): HTMLInputElement {
    const shown = element('input', 'jp-PresignUrlBox-url jp-mod-styled');
    shown.readOnly = true;
    shown.value = url;
    // Not offered again by the browser, in this form or another.
    shown.autocomplete = 'off';
    shown.setAttribute('aria-label', this._trans.__('URL'));
    shown.addEventListener('focus', () => {
      shown.select();
    });
    return shown;
  }

  private readonly _trans: TranslationBundle;
  private readonly _done: (() => void) | undefined;
}
