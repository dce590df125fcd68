import type { TranslationBundle } from '@jupyterlab/translation';
import type { Scope } from './scope';
import type { ITimeLeft } from './timeleft';

/** Say what a scope allows. */
export function sayScope(scope: Scope, trans: TranslationBundle): string {
  switch (scope) {
    case 'read':
      return trans.__('read-only');
    case 'execute':
      return trans.__('can run');
    case 'full':
      return trans.__('full access');
  }
}

/** Say how much of a session is left; null is its end. */
export function sayLeft(left: ITimeLeft | null, trans: TranslationBundle): string {
  if (left === null) {
    return trans.__('session ended');
  }
  return left.unit === 'h'
    ? trans.__('%1 h left', left.count)
    : trans.__('%1 min left', left.count);
}
