import { readGuest } from '../src/guest';

test('a page without the option is an owner’s', () => {
  expect(readGuest('')).toBeNull();
});

test.each(['read', 'execute', 'full'])('the scope %s and the end are read', scope => {
  const option = JSON.stringify({ scope, expiresAt: '2030-01-02T03:04:05.123456+00:00' });
  expect(readGuest(option)).toEqual({ scope, expiresAt: new Date('2030-01-02T03:04:05.123Z') });
});

test.each(['{}', '{"scope": "admin"}', '{"scope": 1, "expiresAt": 2}'])(
  'what is not understood in %s is the least',
  option => {
    const guest = readGuest(option);
    expect(guest?.scope).toBe('read');
    expect(guest?.expiresAt.getTime()).toBeNaN();
  }
);
