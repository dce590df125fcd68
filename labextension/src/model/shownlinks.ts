import type { ILink } from '../api/values';

/** How long a link that expired stays in the list, ms: one may want to refresh it. */
const KEPT = 10 * 60_000;

/**
 * Choose what an owner wants to see of all links: of each chain the newest, the live ones first.
 *
 * Links of the owner's own clicks are left out, those that were revoked, and those that are over
 * since some time; a link whose session may go on stays, since revoking it ends that.
 */
export function shownLinks(links: readonly ILink[], now: Date): readonly ILink[] {
  const newest = new Map<string, ILink>();
  for (const link of links) {
    const known = newest.get(link.family);
    if (known === undefined || known.createdAt < link.createdAt) {
      newest.set(link.family, link);
    }
  }
  return [...newest.values()]
    .filter(link => isWanted(link, now, usesBefore(link, links)))
    .sort(byImportance);
}

/** Count how often those that a link continues were used: their guests may still be there. */
export function usesBefore(link: ILink, links: readonly ILink[]): number {
  return links
    .filter(({ family, id }) => family === link.family && id !== link.id)
    .reduce((sum, { uses }) => sum + uses, 0);
}

/**
 * Tell whether revoking would end anything: the link itself, or a session that it may have started.
 *
 * `before` is how often those were used that it continues, whose sessions end with it.
 */
export function isRevocable(link: ILink, now: Date, before = 0): boolean {
  if (link.state === 'revoked' || link.audience === '') {
    return false;
  }
  const lastEnd = link.expiresAt.getTime() + link.sessionSeconds * 1000;
  return link.state === 'live' || (link.uses + before > 0 && now.getTime() < lastEnd);
}

function isWanted(link: ILink, now: Date, before: number): boolean {
  return (
    !link.isInteractive &&
    link.state !== 'revoked' &&
    (link.state === 'live' ||
      isRevocable(link, now, before) ||
      now.getTime() < link.goodUntil.getTime() + KEPT)
  );
}

function byImportance(a: ILink, b: ILink): number {
  const live = Number(b.state === 'live') - Number(a.state === 'live');
  // By the first of a chain would be better, but that may be forgotten by now.
  return live || b.createdAt.getTime() - a.createdAt.getTime();
}
