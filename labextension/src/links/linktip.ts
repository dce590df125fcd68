import type { TranslationBundle } from '@jupyterlab/translation';
import { nameOf, parseReference } from '../reference/reference';

/** Say where a reference leads and what a click on it does; empty if it cannot be read. */
export function sayLink(reference: string, trans: TranslationBundle): string {
  const read = parseReference(reference);
  if (read === null) {
    return trans.__('This is not a reference that can be opened: %1', reference);
  }
  const place = read.provider === '' ? read.id : `${read.provider}:${read.id}`;
  const where = [place, ...read.options.map(([name, value]) => `${name} ${value}`)].join(', ');
  const what = read.path === '' ? where : trans.__('%1 on %2', nameOf(read), where);
  return trans.__('Open %1\nwith your own rights, in a new tab', what);
}
