import type { IRenderMime } from '@jupyterlab/rendermime';

/** What JupyterLab's sanitizer has beside what every one must have. */
interface ISchemeSanitizer extends IRenderMime.ISanitizer {
  setAllowedSchemes(schemes: string[]): void;
}

/** What a sanitizer allows that nobody has told otherwise (JupyterLab 4.3 to 4.6). */
const DEFAULTS: readonly string[] = ['http', 'https', 'ftp', 'mailto', 'tel'];

/**
 * Have a sanitizer keep links of one more scheme, whatever else it is told to allow, then or later.
 *
 * It says to nobody what it allows. JupyterLab tells it the user's list when it starts and whenever
 * that changes, in no order that could be relied on, so that ours is added on the way. Returns false
 * for a sanitizer that knows no schemes, which then drops these links.
 */
export function allowScheme(
  sanitizer: IRenderMime.ISanitizer,
  scheme: string,
  current: readonly string[] = DEFAULTS
): boolean {
  if (!hasSchemes(sanitizer)) {
    return false;
  }
  const set = sanitizer.setAllowedSchemes.bind(sanitizer);
  sanitizer.setAllowedSchemes = schemes => {
    set([...new Set([...schemes, scheme])]);
  };
  sanitizer.setAllowedSchemes([...current]);
  return true;
}

function hasSchemes(sanitizer: IRenderMime.ISanitizer): sanitizer is ISchemeSanitizer {
  return 'setAllowedSchemes' in sanitizer && typeof sanitizer.setAllowedSchemes === 'function';
}
