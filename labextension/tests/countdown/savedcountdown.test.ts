import { readSavedCountdown } from '../../src/countdown/savedcountdown';

test('the target is read', () => {
  const saved = { version: 1, target: 'jupyter:b/lab/tree/a.ipynb', more: true };
  expect(readSavedCountdown(saved)).toEqual({ target: 'jupyter:b/lab/tree/a.ipynb' });
});

test.each([
  undefined,
  null,
  'text',
  [],
  {},
  { version: 2, target: 'jupyter:b' },
  { version: 1, target: ['jupyter:b'] },
  { target: 'jupyter:b' }
])('%j is not ours to understand', data => {
  expect(readSavedCountdown(data)).toBeNull();
});
