/** What Python puts beside a countdown in its output, and so in saved notebooks: words, no secret. */

/** Mime type of it; said again in nb_presign/widget/countdown.py. */
export const COUNTDOWN_MIME_TYPE = 'application/vnd.nb-presign.countdown+json';

/** The form that this front end reads; a newer one is shown by its plain text. */
const VERSION = 1;

export interface ISavedCountdown {
  /** The reference that the link leads to, such as `jupyter:gpu/lab/tree/train.ipynb`. */
  readonly target: string;
}

/** Read what a notebook holds, written by whoever; null if it is not ours to understand. */
export function readSavedCountdown(data: unknown): ISavedCountdown | null {
  if (typeof data !== 'object' || data === null) {
    return null;
  }
  const { version, target } = data as Record<string, unknown>;
  return version === VERSION && typeof target === 'string' ? { target } : null;
}
