import type { ILink } from '../api/values';

/** A link is refreshed after this share of its lifetime, plus up to `JITTER`; as in policy/bounds.py. */
const SHARE = 0.7;
const JITTER = 0.15;

/** Tell when the successor of a link is due; `random` is from 0 to 1. */
export function refreshTime(link: ILink, random: number): Date {
  const created = link.createdAt.getTime();
  const life = link.goodUntil.getTime() - created;
  const due = created + life * (SHARE + JITTER * random);
  return new Date(Math.min(due, link.renewBy?.getTime() ?? due));
}
