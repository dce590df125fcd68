/** A length of time as people say it. */

export interface ITimeLeft {
  readonly count: number;
  readonly unit: 'h' | 'min';
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * Say how much of a session is left, in whole units that are sure to be there; null at its end.
 *
 * Below two hours in minutes, and the last minute counts as one.
 */
export function timeLeft(until: Date, now: Date): ITimeLeft | null {
  const left = until.getTime() - now.getTime();
  if (!(left > 0)) {
    return null;
  }
  return left < 2 * HOUR
    ? { count: Math.max(1, Math.floor(left / MINUTE)), unit: 'min' }
    : { count: Math.floor(left / HOUR), unit: 'h' };
}
