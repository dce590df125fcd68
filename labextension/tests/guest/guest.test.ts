import { readGuest } from '../../src/guest/guest';

const ARRIVED = new Date('2030-01-02T03:00:00Z');

test('a page without the option is an owner’s', () => {
  expect(readGuest('', ARRIVED)).toBeNull();
});

test.each(['read', 'execute', 'full'])('the scope %s and the end are read', scope => {
  const option = JSON.stringify({ scope, expiresAt: '2030-01-02T03:04:05.123456+00:00' });
  const expiresAt = new Date('2030-01-02T03:04:05.123Z');
  expect(readGuest(option, ARRIVED)).toEqual({ scope, expiresAt });
});

test('a clock that is wrong does not change what is left', () => {
  const option = JSON.stringify({
    scope: 'read',
    expiresAt: '2030-01-02T03:30:00+00:00',
    now: '2030-01-02T02:50:00+00:00'
  });
  expect(readGuest(option, ARRIVED)?.expiresAt).toEqual(new Date('2030-01-02T03:40:00Z'));
});

test.each(['{}', '{"scope": "admin"}', '{"scope": 1, "expiresAt": 2, "now": 3}'])(
  'what is not understood in %s is the least',
  option => {
    const guest = readGuest(option, ARRIVED);
    expect(guest?.scope).toBe('read');
    expect(guest?.expiresAt.getTime()).toBeNaN();
  }
);
