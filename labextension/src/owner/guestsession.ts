/** What the server tells its owner of a guest's session; see nb_presign/wire/sessions.py. */

import { isScope, type Scope } from '../scope';

export interface IGuestSession {
  readonly id: string;
  readonly scope: Scope;
  /** The reference that the link leads to, such as `jupyter:gpu/lab/tree/train.ipynb`. */
  readonly target: string;
  /** The one path that the session is narrowed to; empty if it is for the whole server. */
  readonly path: string;
  /** Address that the link was redeemed from; empty if nobody can say. */
  readonly address: string;
  readonly note: string;
  readonly expiresAt: Date;
}

/** Read the list of sessions, and leave out those that are over or cannot be understood. */
export function readSessions(answer: unknown): IGuestSession[] {
  return Array.isArray(answer) ? answer.map(readSession).filter(session => session !== null) : [];
}

function readSession(value: unknown): IGuestSession | null {
  if (!isRecord(value)) {
    return null;
  }
  const { id, scope, state, narrowing } = value;
  if (typeof id !== 'string' || !isScope(scope) || state !== 'live') {
    return null;
  }
  return {
    id,
    scope,
    target: text(value.target),
    path: isRecord(narrowing) ? text(narrowing.path) : '',
    address: text(value.address),
    note: text(value.note),
    expiresAt: new Date(text(value.expires_at))
  };
}

/** The parts of a page's path that say what kind of page it is. */
const KIND_OF_PAGE =
  /^(?:(?:lab|doc)(?:\/workspaces\/[^/]+)?(?:\/tree)?|tree|notebooks|edit|view|files)(?:\/|$)/;

/** Say briefly what a session opens: the file's name if it begins at one, or else the server. */
export function nameOf({ path, target }: Pick<IGuestSession, 'path' | 'target'>): string {
  const [place = '', ...below] = target.replace(/\?.*$/, '').split('/');
  const whole = path || below.join('/').replace(KIND_OF_PAGE, '');
  return whole.split('/').filter(Boolean).pop() ?? place;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
