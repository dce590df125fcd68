/** Who a page is for, if it is for a guest. */

import { isScope, type Scope } from '../scope';

/** Option of the page's configuration that only guests' pages have; see nb_presign/access/pages.py. */
export const GUEST_OPTION = 'nbPresignGuest';

export interface IGuest {
  readonly scope: Scope;
  /** The end by the clock of this machine, which need not agree with the server's. */
  readonly expiresAt: Date;
}

/**
 * Read the option, which PageConfig hands out as JSON; null on an owner's page.
 *
 * `arrived` is when the page came, by the clock of this machine.
 */
export function readGuest(option: string, arrived: Date): IGuest | null {
  if (option === '') {
    return null;
  }
  const { scope, expiresAt, now } = JSON.parse(option) as Record<string, unknown>;
  const end = time(expiresAt);
  const ahead = arrived.getTime() - time(now);
  // What is not understood is taken for the least, so that nothing is tried that will be refused.
  return {
    scope: isScope(scope) ? scope : 'read',
    expiresAt: new Date(Number.isNaN(ahead) ? end : end + ahead)
  };
}

/** When the page came from the server, as far as the browser knows. */
export function pageArrival(): Date {
  const [navigation] = performance.getEntriesByType('navigation');
  const since = navigation instanceof PerformanceNavigationTiming ? navigation.responseStart : 0;
  return new Date(performance.timeOrigin + since);
}

function time(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}
