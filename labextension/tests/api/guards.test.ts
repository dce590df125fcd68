import {
  readFolder,
  readLink,
  readMinted,
  readProvider,
  readServer,
  readTarget,
  readTargetPage
} from '../../src/api/guards';

const LINK = {
  id: 'lnk_1',
  target: 'jupyter:b/lab/tree/a.ipynb',
  provider: 'jupyter',
  created_at: '2026-01-01T00:00:00Z',
  expires_at: '2026-01-01T00:05:00Z',
  session_seconds: 1800,
  scope: 'read',
  state: 'live',
  max_uses: null,
  uses: 0,
  allowed_ips: ['10.0.0.0/8'],
  note: 'for Ada',
  minted_by: 'owner:me',
  revoked_at: null,
  family: 'lnk_0',
  audience: 'srv_1',
  narrowing: { path: 'pub' },
  interactive: false
};

test('a link is read', () => {
  expect(readLink(LINK)).toEqual({
    id: 'lnk_1',
    target: 'jupyter:b/lab/tree/a.ipynb',
    provider: 'jupyter',
    state: 'live',
    scope: 'read',
    createdAt: new Date('2026-01-01T00:00:00Z'),
    expiresAt: new Date('2026-01-01T00:05:00Z'),
    goodUntil: new Date('2026-01-01T00:05:00Z'),
    renewBy: null,
    sessionSeconds: 1800,
    maxUses: null,
    uses: 0,
    allowedIps: ['10.0.0.0/8'],
    path: 'pub',
    note: 'for Ada',
    mintedBy: 'owner:me',
    family: 'lnk_0',
    audience: 'srv_1',
    isInteractive: false
  });
});

test('a link is as good as the credentials that signed it', () => {
  const link = readLink({ ...LINK, credentials_expire_at: '2026-01-01T00:01:00Z' });
  expect(link?.goodUntil).toEqual(new Date('2026-01-01T00:01:00Z'));
});

test('what is not known of a link is taken for the worst', () => {
  const link = readLink({ ...LINK, scope: 'root', state: 'glowing' });
  expect([link?.scope, link?.state]).toEqual(['full', 'expired']);
});

test('a link never has its URL', () => {
  expect(
    JSON.stringify(readLink({ ...LINK, url: 'http://b/#secret', auth_token: 'secret' }))
  ).not.toContain('secret');
});

test.each([null, 1, 'text', [], {}, { ...LINK, id: 1 }, { ...LINK, expires_at: 'soon' }])(
  '%j is no link',
  value => {
    expect(readLink(value)).toBeNull();
  }
);

test.each(['', 'javascript:alert(1)', 'data:text/html,x', 7])('%j is no URL to open', url => {
  expect(readMinted({ ...LINK, url })).toBeNull();
});

test('what minting answers has a link and its URL', () => {
  const minted = readMinted({ ...LINK, url: 'https://b/redeem#t' });
  expect([minted?.link.id, minted?.url]).toEqual(['lnk_1', 'https://b/redeem#t']);
});

test('a target of a state that nobody knows is unknown', () => {
  const target = readTarget({ target: 'sagemaker:a', title: 'a', state: 'dreaming', startable: 1 });
  expect(target).toEqual({
    reference: 'sagemaker:a',
    provider: 'sagemaker',
    title: 'a',
    state: 'unknown',
    detail: '',
    mend: '',
    instanceType: '',
    isStartable: false
  });
});

test('a page leaves out what it does not understand', () => {
  const page = readTargetPage({
    items: [{ target: 'jupyter:a' }, null, 4],
    cursor: 'c',
    problems: ['p', 1]
  });
  expect(page?.items.map(({ reference }) => reference)).toEqual(['jupyter:a']);
  expect([page?.cursor, page?.problems]).toEqual(['c', ['p']]);
  expect(readTargetPage([])).toBeNull();
});

test('a provider of an older server is configured', () => {
  expect(readProvider({ name: 'jupyter', usable: true })?.isConfigured).toBe(true);
  expect(readProvider({ name: 'athena', usable: false, configured: false })?.isConfigured).toBe(
    false
  );
});

test('an older server does not say what it is called by others', () => {
  expect(readServer({ name: 'my box' })?.here).toBe('jupyter:my%20box');
  expect(readServer({ name: 'b', here: 'hub:me/b' })?.here).toBe('hub:me/b');
});

test('of a folder what cannot be understood is left out', () => {
  const item = { name: 'a.ipynb', path: 'x/a.ipynb', kind: 'notebook', reference: 'jupyter:b/a' };
  const items = [item, { ...item, kind: 'folder' }, { ...item, kind: 'pipe' }, { kind: 'folder' }];
  expect(readFolder({ folder: 'x', items, problems: ['cut', 1] })).toEqual({
    items: [
      { name: 'a.ipynb', path: 'x/a.ipynb', isFolder: false, reference: 'jupyter:b/a' },
      { name: 'a.ipynb', path: 'x/a.ipynb', isFolder: true, reference: 'jupyter:b/a' }
    ],
    problems: ['cut']
  });
  expect(readFolder({ folder: 'x' })).toBeNull();
});
