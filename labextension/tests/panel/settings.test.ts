import { readSettings } from '../../src/panel/settings';

test('what nobody has set is as the schema says', () => {
  expect(readSettings({})).toEqual({
    region: '',
    profile: '',
    opened: ['jupyter', 'session', 'hub'],
    defaults: { scope: 'read', expiresIn: 300, sessionSeconds: 43_200 }
  });
});

test('what cannot be is as if it were not there', () => {
  const settings = readSettings({ scope: 'root', expiresIn: -1, opened: ['hub', 4], region: null });
  expect(settings.defaults).toEqual({ scope: 'read', expiresIn: 300, sessionSeconds: 43_200 });
  expect([settings.opened, settings.region]).toEqual([['hub'], '']);
});

test('what somebody has set is taken', () => {
  const { defaults } = readSettings({ scope: 'execute', expiresIn: 60, sessionSeconds: 1800 });
  expect(defaults).toEqual({ scope: 'execute', expiresIn: 60, sessionSeconds: 1800 });
});
