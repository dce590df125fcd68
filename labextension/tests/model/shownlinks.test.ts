import { refreshTime } from '../../src/model/refreshtime';
import { isRevocable, shownLinks, usesBefore } from '../../src/model/shownlinks';
import { link } from './links';

const NOW = new Date('2026-01-01T12:00:00Z');

function ago(minutes: number): Date {
  return new Date(NOW.getTime() - minutes * 60_000);
}

test('live ones come first, the newest of them first', () => {
  const links = [
    link('old', { createdAt: ago(3) }),
    link('over', { createdAt: ago(1), state: 'used' }),
    link('revoked', { createdAt: ago(1), state: 'revoked' }),
    link('new', { createdAt: ago(2) })
  ];
  expect(shownLinks(links, NOW).map(({ id }) => id)).toEqual(['new', 'old', 'over']);
});

test('an owner’s own clicks are not shown', () => {
  expect(shownLinks([link('own', { createdAt: NOW, isInteractive: true })], NOW)).toEqual([]);
});

test('a link stays as long as a guest may be there by one that it continues', () => {
  const first = link('first', { createdAt: ago(25), uses: 1, state: 'expired' });
  const next = link('next', { createdAt: ago(20), state: 'expired', family: 'first' });
  const other = link('other', { createdAt: ago(20), state: 'expired', uses: 0 });
  expect(shownLinks([first, next, other], NOW)).toEqual([next]);
  expect(usesBefore(next, [first, next, other])).toBe(1);
});

test.each([
  ['expired a moment ago', { createdAt: ago(10), state: 'expired' as const }, true],
  ['expired some time ago', { createdAt: ago(20), state: 'expired' as const }, false],
  [
    'expired, with a session that may go on',
    { createdAt: ago(20), state: 'expired' as const, uses: 1 },
    true
  ],
  [
    'expired, with a session that is over',
    { createdAt: ago(60), state: 'expired' as const, uses: 1 },
    false
  ],
  [
    'used up, with a session that may go on',
    { createdAt: ago(20), state: 'used' as const, uses: 1 },
    true
  ]
])('a link that is %s is shown: %s', (_, terms, isShown) => {
  expect(shownLinks([link('a', terms)], NOW)).toHaveLength(isShown ? 1 : 0);
});

test('what a cloud service redeems is not for us to end', () => {
  expect(isRevocable(link('a', { createdAt: NOW, audience: '' }), NOW)).toBe(false);
  expect(isRevocable(link('a', { createdAt: NOW }), NOW)).toBe(true);
});

test('a successor is due after most of the lifetime, never after the end', () => {
  const made = link('a', { createdAt: ago(0) });
  expect(refreshTime(made, 0)).toEqual(new Date(NOW.getTime() + 210_000));
  expect(refreshTime(made, 1)).toEqual(new Date(NOW.getTime() + 255_000));
});

test('a service that asks for an earlier successor gets it', () => {
  const renewBy = new Date(NOW.getTime() + 60_000);
  expect(refreshTime(link('a', { createdAt: ago(0), renewBy }), 1)).toEqual(renewBy);
});
