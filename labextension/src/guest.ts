/** Who a page is for, if it is for a guest. */

/** Option of the page's configuration that only guests' pages have; see nb_presign/access/pages.py. */
export const GUEST_OPTION = 'nbPresignGuest';

export type Scope = 'read' | 'execute' | 'full';

export interface IGuest {
  readonly scope: Scope;
  readonly expiresAt: Date;
}

const SCOPES: readonly string[] = ['read', 'execute', 'full'] satisfies Scope[];

/** Read the option, which PageConfig hands out as JSON; null on an owner's page. */
export function readGuest(option: string): IGuest | null {
  if (option === '') {
    return null;
  }
  const { scope, expiresAt } = JSON.parse(option) as Record<string, unknown>;
  // What is not understood is taken for the least, so that nothing is tried that will be refused.
  return {
    scope: isScope(scope) ? scope : 'read',
    expiresAt: new Date(typeof expiresAt === 'string' ? expiresAt : Number.NaN)
  };
}

function isScope(value: unknown): value is Scope {
  return typeof value === 'string' && SCOPES.includes(value);
}
