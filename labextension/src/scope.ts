/** What a session may do; see nb_presign/model/grant.py. */
export type Scope = 'read' | 'execute' | 'full';

const SCOPES: readonly string[] = ['read', 'execute', 'full'] satisfies Scope[];

export function isScope(value: unknown): value is Scope {
  return typeof value === 'string' && SCOPES.includes(value);
}
