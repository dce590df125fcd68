import type { TranslationBundle } from '@jupyterlab/translation';
import { PresignError } from '../api/presignerror';
import { element } from '../element';
import { trouble } from './trouble';

/** How long is shown that something was done, ms; why it was not stays. */
const SHOWN = 10_000;

/** A line for what was done last, or why it was not; read out to those who cannot see it. */
export class Notice {
  constructor(trans: TranslationBundle) {
    this._trans = trans;
    this.node.setAttribute('role', 'status');
    // For the focus of what is gone by what was done.
    this.node.tabIndex = -1;
  }

  readonly node = element('div', 'jp-PresignNotice');

  /** Say what was done, for a while; empty says nothing. */
  say(text: string): void {
    if (text === '') {
      this.show();
      return;
    }
    this.show(element('p', '', text));
    this._timer = setTimeout(() => {
      this.show();
    }, SHOWN);
  }

  /** Show what is more than words. */
  show(...content: (Node | string)[]): void {
    clearTimeout(this._timer);
    this.node.replaceChildren(...content);
  }

  /** Wait for what is done, and say how it went. Never rejects; nothing comes of what failed. */
  async tell<T>(doing: Promise<T>, done: string): Promise<T | undefined> {
    this.show();
    try {
      const made = await doing;
      this.say(done);
      return made;
    } catch (thrown) {
      this.show(trouble(PresignError.from(thrown), this._trans));
      return undefined;
    }
  }

  private readonly _trans: TranslationBundle;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
