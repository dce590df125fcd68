import type { TranslationBundle } from '@jupyterlab/translation';
import type { ITarget } from './api/values';
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
  const { hours, minutes } = left;
  if (hours === 0) {
    return trans.__('%1 min left', minutes);
  }
  return minutes === 0
    ? trans.__('%1 h left', hours)
    : trans.__('%1 h %2 min left', hours, minutes);
}

/** Say at what time of the day something is over, as people here write it. */
export function sayTime(time: Date): string {
  return time.toLocaleTimeString([], { timeStyle: 'short' });
}

/** Say what comes of starting a target: AWS's places are paid for. */
export function sayCosts(target: ITarget, trans: TranslationBundle): string {
  const { title, provider, instanceType } = target;
  const what = instanceType === '' ? title : `${title} (${instanceType})`;
  return provider === 'hub'
    ? trans.__('%1 runs until somebody stops it.', what)
    : trans.__('%1 is paid for while it runs, until somebody stops it.', what);
}
