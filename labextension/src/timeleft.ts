/** A length of time as people say it, in whole minutes. */
export interface ITimeLeft {
  readonly hours: number;
  /** Below sixty. */
  readonly minutes: number;
}

const MINUTE = 60_000;
const HOUR = 60;

/**
 * Say how much of a session is left, in whole minutes that are sure to be there; null at its end.
 *
 * The last minute counts as one.
 */
export function timeLeft(until: Date, now: Date): ITimeLeft | null {
  const left = until.getTime() - now.getTime();
  if (!(left > 0)) {
    return null;
  }
  const minutes = Math.max(1, Math.floor(left / MINUTE));
  return { hours: Math.floor(minutes / HOUR), minutes: minutes % HOUR };
}
