import type { TranslationBundle } from '@jupyterlab/translation';
import { button, element } from '../element';
import { type IGuestSession, nameOf } from './guestsession';
import { timeLeft } from '../timeleft';
import { sayLeft, sayScope } from '../words';

/** One guest in the owner's list. */
export class GuestRow {
  /** `end` is called when the owner ends the session. */
  constructor(session: IGuestSession, trans: TranslationBundle, end: () => void) {
    this._session = session;
    this._trans = trans;
    const name = element('span', 'jp-PresignGuest-name', nameOf(session));
    name.title = session.path ? `${session.target} (${session.path})` : session.target;
    this.end = button(trans.__('End'), 'jp-mod-small jp-mod-reject', end);
    this.end.setAttribute('aria-label', trans.__('End the session of %1', nameOf(session)));
    this.node.append(
      element('div', 'jp-PresignGuest-facts', name, this._facts, this._note()),
      this.end
    );
  }

  readonly node = element('li', 'jp-PresignGuest');
  readonly end: HTMLButtonElement;

  /** Bring the time up to date; `now` by the server's clock. */
  update(now: Date): void {
    const { scope, expiresAt, address, path } = this._session;
    const trans = this._trans;
    const facts = [sayScope(scope, trans), sayLeft(timeLeft(expiresAt, now), trans)];
    if (!path) {
      facts.splice(1, 0, trans.__('whole server'));
    }
    if (address) {
      facts.push(trans.__('from %1', address));
    }
    const said = facts.join(' · ');
    // Each second, of which nearly all say the same as the one before.
    if (this._facts.textContent !== said) {
      this._facts.textContent = said;
    }
  }

  private _note(): HTMLElement {
    const { note } = this._session;
    return element('span', 'jp-PresignGuest-note', note && `“${note}”`);
  }

  private readonly _session: IGuestSession;
  private readonly _trans: TranslationBundle;
  private readonly _facts = element('span', 'jp-PresignGuest-terms');
}
