import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

/** From where a command is called, and so which document is meant. */
export type Source = 'current' | 'browser' | 'tab';

/** What commands about a document take (JSON schema). */
export const SOURCE_ARGS = {
  args: {
    type: 'object',
    properties: {
      source: {
        type: 'string',
        enum: ['current', 'browser', 'tab'],
        default: 'current',
        description:
          'Which document: the current one, the one selected in the file browser, or the one whose tab has the context menu.'
      }
    }
  }
} as const;

/** Read a command's arguments. */
export function sourceOf({ source }: ReadonlyPartialJSONObject): Source {
  return source === 'browser' || source === 'tab' ? source : 'current';
}
