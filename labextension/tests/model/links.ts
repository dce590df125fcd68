import type { ILink, IMinted, IMintRequest } from '../../src/api/values';
import type { ILinksApi } from '../../src/model/links';

/** Make a link of five minutes that begins now. */
export function link(id: string, terms: Partial<ILink> = {}): ILink {
  const createdAt = terms.createdAt ?? new Date();
  const expiresAt = terms.expiresAt ?? new Date(createdAt.getTime() + 300_000);
  return {
    id,
    target: 'jupyter:b/lab/tree/a.ipynb',
    provider: 'jupyter',
    state: 'live',
    scope: 'read',
    createdAt,
    expiresAt,
    goodUntil: expiresAt,
    renewBy: null,
    sessionSeconds: 1800,
    maxUses: null,
    uses: 0,
    allowedIps: [],
    path: '',
    note: '',
    mintedBy: 'owner:me',
    family: id,
    audience: 'srv_1',
    isInteractive: false,
    ...terms
  };
}

/** A server that keeps links. */
export class FakeLinksApi implements ILinksApi {
  kept: ILink[] = [];
  readonly refreshed: string[] = [];
  /** What the server says instead of refreshing. */
  refusal: Error | null = null;

  now(): Date {
    return new Date();
  }

  links(): Promise<readonly ILink[]> {
    return Promise.resolve(this.kept);
  }

  mint({ target }: IMintRequest): Promise<IMinted> {
    return Promise.resolve(this._add(link(`lnk_${this.kept.length.toString()}`, { target })));
  }

  refresh(id: string): Promise<IMinted> {
    this.refreshed.push(id);
    const before = this.kept.find(kept => kept.id === id);
    if (this.refusal !== null || before === undefined) {
      return Promise.reject(this.refusal ?? new Error('no link'));
    }
    const { family, target } = before;
    return Promise.resolve(this._add(link(`${id}'`, { family, target })));
  }

  revoke(id: string): Promise<void> {
    const family = this.kept.find(kept => kept.id === id)?.family;
    this.kept = this.kept.map(kept =>
      kept.family === family ? { ...kept, state: 'revoked' } : kept
    );
    return Promise.resolve();
  }

  private _add(made: ILink): IMinted {
    this.kept = [...this.kept, made];
    return { link: made, url: `http://b/redeem#${made.id}` };
  }
}
