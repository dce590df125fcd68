import type { TranslationBundle } from '@jupyterlab/translation';
import { button, element } from './element';
import { copyText } from './panel/clipboard';

/** Ours is said without what runs it; others begin with their program. */
const QUOTED = /'((?:presign|jupyter|aws|pip|pgrep) [^']+)'/;
/** Without quotes a command stands alone, or after a colon and up to the end of its part. */
const PLAIN = /(?<=^|: )((?:jupyter|aws|pip|pgrep) .+?)(?=$|;|\.$|\. )/;
const COMMAND = new RegExp(`${QUOTED.source}|${PLAIN.source}`, 'g');

export interface IHintPart {
  readonly text: string;
  readonly isCommand: boolean;
}

/** Take a hint of the server apart into words and commands, spelled for a terminal. */
export function readHint(hint: string): IHintPart[] {
  const parts: IHintPart[] = [];
  let end = 0;
  for (const found of hint.matchAll(COMMAND)) {
    const command = found[1] ?? found[2] ?? '';
    parts.push({ text: hint.slice(end, found.index), isCommand: false });
    parts.push({ text: command.replace(/^presign /, 'jupyter presign '), isCommand: true });
    end = found.index + found[0].length;
  }
  return [...parts, { text: hint.slice(end), isCommand: false }].filter(({ text }) => text !== '');
}

/** Show a hint, with a button beside each command that copies it. */
export function hintNode(hint: string, trans: TranslationBundle): HTMLElement {
  const node = element('p', 'jp-PresignHint');
  for (const { text, isCommand } of readHint(hint)) {
    node.append(isCommand ? element('code', 'jp-PresignHint-command', text) : text);
    if (isCommand) {
      node.append(copyButton(text, trans));
    }
  }
  return node;
}

function copyButton(text: string, trans: TranslationBundle): HTMLButtonElement {
  const copy = button(trans.__('Copy'), 'jp-mod-minimal', () => {
    void copyText(text).then(() => {
      copy.textContent = trans.__('Copied');
    });
  });
  copy.setAttribute('aria-label', trans.__('Copy %1', text));
  return copy;
}
