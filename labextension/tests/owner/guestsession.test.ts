import { nameOf, readSessions } from '../../src/owner/guestsession';

const LIVE = {
  id: 'ses_1',
  scope: 'read',
  state: 'live',
  target: 'jupyter:gpu/lab/tree/a/train.ipynb',
  narrowing: { path: 'a/train.ipynb', kernel_id: '', session_id: '' },
  address: '192.0.2.7',
  note: 'for Ada',
  expires_at: '2030-01-02T03:04:05Z',
  more: 1
};

test('a session is read', () => {
  expect(readSessions([LIVE])).toEqual([
    {
      id: 'ses_1',
      scope: 'read',
      target: 'jupyter:gpu/lab/tree/a/train.ipynb',
      path: 'a/train.ipynb',
      address: '192.0.2.7',
      note: 'for Ada',
      expiresAt: new Date('2030-01-02T03:04:05Z')
    }
  ]);
});

test('what is over, or cannot be understood, is left out', () => {
  const others = [
    { ...LIVE, state: 'ended' },
    { ...LIVE, state: 'expired' },
    { ...LIVE, scope: 'admin' },
    { ...LIVE, id: 7 },
    null,
    'text'
  ];
  expect(readSessions([...others, LIVE])).toHaveLength(1);
});

test.each([undefined, null, {}, 'text', { message: 'no' }])('%j is no list', answer => {
  expect(readSessions(answer)).toEqual([]);
});

test('facts that are missing are empty', () => {
  const [session] = readSessions([{ id: 'ses_1', scope: 'full', state: 'live' }]);
  expect(session).toMatchObject({ target: '', path: '', address: '', note: '' });
});

test.each([
  ['jupyter:gpu/lab/tree/a/train.ipynb', 'a/train.ipynb', 'train.ipynb'],
  ['jupyter:gpu/lab/tree/a/train.ipynb', '', 'train.ipynb'],
  ['jupyter:gpu/lab/tree/a/train.ipynb', 'a', 'a'],
  ['jupyter:gpu/notebooks/b.ipynb?x=1', '', 'b.ipynb'],
  ['jupyter:gpu/lab', '', 'jupyter:gpu'],
  ['jupyter:gpu/lab/workspaces/w', '', 'jupyter:gpu'],
  ['jupyter:gpu', '', 'jupyter:gpu'],
  ['session:4f1c@gpu', 'train.ipynb', 'train.ipynb']
])('%s narrowed to %j is called %s', (target, path, name) => {
  const [session] = readSessions([{ ...LIVE, target, narrowing: path ? { path } : null }]);
  expect(session && nameOf(session)).toBe(name);
});
