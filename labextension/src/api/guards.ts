/** Read answers of the server, of whatever version it is; null is what cannot be understood. */

import { isScope } from '../scope';
import type {
  IFolder,
  IFolderItem,
  ILink,
  IMinted,
  IProvider,
  IServer,
  ITarget,
  ITargetPage,
  LinkState,
  TargetState
} from './values';

const TARGET_STATES: readonly string[] = [
  'ready',
  'starting',
  'stopped',
  'failed',
  'down',
  'not-installed',
  'unknown'
] satisfies TargetState[];
const LINK_STATES: readonly string[] = ['live', 'expired', 'used', 'revoked'] satisfies LinkState[];

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Read a text; anything else is an empty one. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Read a list, and leave out what `read` does not understand. */
export function readList<T>(value: unknown, read: (item: unknown) => T | null): T[] {
  return Array.isArray(value) ? value.map(read).filter(item => item !== null) : [];
}

export function readServer(value: unknown): IServer | null {
  if (!isRecord(value) || typeof value.name !== 'string') {
    return null;
  }
  const { name } = value;
  return {
    name,
    id: text(value.id),
    version: text(value.version),
    isSelfHosted: value.self_hosted === true,
    reason: text(value.reason),
    // What an older server is called by its neighbours.
    here: text(value.here) || `jupyter:${encodeURIComponent(name)}`
  };
}

export function readProvider(value: unknown): IProvider | null {
  if (!isRecord(value) || typeof value.name !== 'string') {
    return null;
  }
  return {
    name: value.name,
    title: text(value.title) || value.name,
    isUsable: value.usable === true,
    reason: text(value.reason),
    mend: text(value.mend),
    isConfigured: value.configured !== false
  };
}

export function readTarget(value: unknown): ITarget | null {
  if (!isRecord(value) || typeof value.target !== 'string') {
    return null;
  }
  const { target: reference } = value;
  return {
    reference,
    provider: text(value.provider) || reference.replace(/:.*$/s, ''),
    title: text(value.title) || reference,
    state: isTargetState(value.state) ? value.state : 'unknown',
    detail: text(value.detail),
    mend: text(value.mend),
    instanceType: text(value.instance_type),
    isStartable: value.startable === true
  };
}

export function readTargetPage(value: unknown): ITargetPage | null {
  if (!isRecord(value) || !Array.isArray(value.items)) {
    return null;
  }
  return {
    items: readList(value.items, readTarget),
    cursor: text(value.cursor),
    problems: readTexts(value.problems)
  };
}

export function readFolder(value: unknown): IFolder | null {
  if (!isRecord(value) || !Array.isArray(value.items)) {
    return null;
  }
  return {
    items: readList(value.items, readFolderItem),
    problems: readTexts(value.problems)
  };
}

function readFolderItem(value: unknown): IFolderItem | null {
  if (!isRecord(value) || (value.kind !== 'folder' && value.kind !== 'notebook')) {
    return null;
  }
  const [name, path, reference] = [value.name, value.path, value.reference].map(text);
  return name && path && reference
    ? { name, path, isFolder: value.kind === 'folder', reference }
    : null;
}

export function readLink(value: unknown): ILink | null {
  if (!isRecord(value) || typeof value.id !== 'string' || typeof value.target !== 'string') {
    return null;
  }
  const expiresAt = time(value.expires_at);
  const createdAt = time(value.created_at);
  if (expiresAt === null || createdAt === null) {
    return null;
  }
  const credentialsEnd = time(value.credentials_expire_at);
  return {
    id: value.id,
    target: value.target,
    provider: text(value.provider),
    state: isLinkState(value.state) ? value.state : 'expired',
    // What is not understood may be anything, so that nobody thinks it is harmless.
    scope: isScope(value.scope) ? value.scope : 'full',
    createdAt,
    expiresAt,
    goodUntil: credentialsEnd !== null && credentialsEnd < expiresAt ? credentialsEnd : expiresAt,
    renewBy: time(value.renew_by),
    sessionSeconds: count(value.session_seconds),
    maxUses: typeof value.max_uses === 'number' ? value.max_uses : null,
    uses: count(value.uses),
    allowedIps: readTexts(value.allowed_ips),
    path: isRecord(value.narrowing) ? text(value.narrowing.path) : '',
    note: text(value.note),
    mintedBy: text(value.minted_by),
    family: text(value.family) || value.id,
    audience: text(value.audience),
    isInteractive: value.interactive === true
  };
}

/** Read what minting answers; without a URL that a browser can open it is nothing. */
export function readMinted(value: unknown): IMinted | null {
  const link = readLink(value);
  const url = isRecord(value) ? text(value.url) : '';
  return link !== null && /^https?:\/\//i.test(url) ? { link, url } : null;
}

function readTexts(value: unknown): string[] {
  return readList(value, one => (typeof one === 'string' ? one : null));
}

function isTargetState(value: unknown): value is TargetState {
  return typeof value === 'string' && TARGET_STATES.includes(value);
}

function isLinkState(value: unknown): value is LinkState {
  return typeof value === 'string' && LINK_STATES.includes(value);
}

function count(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}

function time(value: unknown): Date | null {
  const read = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(read) ? null : new Date(read);
}
