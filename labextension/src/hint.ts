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

/**
 * Show a hint, with a button beside each command that copies it.
 *
 * What follows a line break is lines of a file, to be copied as they are.
 */
export function hintNode(hint: string, trans: TranslationBundle): HTMLElement {
  const [, said = '', lines = ''] = /^(.*?)(?:\n(.*))?$/s.exec(hint) ?? [];
  const words = element('p', '');
  for (const { text, isCommand } of readHint(said)) {
    words.append(isCommand ? element('code', 'jp-PresignHint-command', text) : text);
    if (isCommand) {
      words.append(copyButton(text, trans));
    }
  }
  const node = element('div', 'jp-PresignHint', words);
  if (lines !== '') {
    const block = element('pre', 'jp-PresignHint-block', element('code', '', lines));
    // Longer than the panel is wide, and scrolled by keyboard too.
    block.tabIndex = 0;
    words.append(copyButton(lines, trans, trans.__('Copy these lines')));
    node.append(block);
  }
  return node;
}

function copyButton(
  text: string,
  trans: TranslationBundle,
  label = trans.__('Copy %1', text)
): HTMLButtonElement {
  const copy = button(trans.__('Copy'), 'jp-mod-minimal', () => {
    void copyText(text).then(() => {
      copy.textContent = trans.__('Copied');
    });
  });
  copy.setAttribute('aria-label', label);
  return copy;
}
