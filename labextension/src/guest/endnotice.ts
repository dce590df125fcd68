import type { TranslationBundle } from '@jupyterlab/translation';
import { button, element } from '../element';
import type { IOpenDocument } from './opendocument';

/** What a guest meets at the end, over the page: why, what is unsaved, and how to go on. */
export class EndNotice {
  constructor(documents: () => IOpenDocument[], trans: TranslationBundle) {
    this._documents = documents;
    this._trans = trans;
    this._node.setAttribute('aria-labelledby', TITLE);
  }

  /** Show it, instead of whatever else the front end has to say. */
  show(isCutShort: boolean): void {
    if (this._node.open) {
      return;
    }
    const trans = this._trans;
    const title = element('h1', 'jp-PresignEnd-title', trans.__('Your guest session has ended'));
    title.id = TITLE;
    const why = isCutShort
      ? trans.__('The server has ended it before its time.')
      : trans.__('Its time is over.');
    const look = button(trans.__('Look at the page'), 'jp-mod-reject', () => {
      this._node.close();
    });
    const acts = element('div', 'jp-PresignActs', look);
    if (isCutShort) {
      // A server that could not look the session up for a moment may have found it again.
      acts.append(
        button(trans.__('Try again'), 'jp-mod-reject', () => {
          window.location.reload();
        })
      );
    }
    this._node.replaceChildren(
      title,
      element('p', '', `${why} ${trans.__('Nothing can be run or saved here any more.')}`),
      this._work(),
      element(
        'p',
        '',
        trans.__('To go on, ask the person who shared the notebook for a new link.')
      ),
      acts
    );
    document.body.append(this._node);
    this._node.showModal();
  }

  dispose(): void {
    this._node.remove();
  }

  /** Offer copies of what is unsaved, or else of what is in front. */
  private _work(): HTMLElement {
    const trans = this._trans;
    const all = this._documents();
    const unsaved = all.filter(({ isUnsaved }) => isUnsaved);
    const offered = unsaved.length > 0 ? unsaved : all.slice(0, 1);
    const words =
      unsaved.length > 0
        ? trans.__('These have changes that are on this page only. Keep a copy:')
        : trans.__('Nothing on this page is unsaved.');
    const acts = offered.map(document =>
      button(trans.__('Download %1', document.name), 'jp-mod-accept', () => {
        document.download();
      })
    );
    return element('div', 'jp-PresignEnd-work', element('p', '', words), ...acts);
  }

  private readonly _documents: () => IOpenDocument[];
  private readonly _trans: TranslationBundle;
  private readonly _node = element('dialog', 'jp-PresignEnd');
}

const TITLE = 'jp-PresignEnd-title';
