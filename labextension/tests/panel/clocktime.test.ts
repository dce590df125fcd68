import { clockTime } from '../../src/panel/clocktime';

const NOW = new Date('2026-01-01T00:00:00Z');

test.each([
  [-1000, ''],
  [0, ''],
  [1, '0:01'],
  [1000, '0:01'],
  [59_001, '1:00'],
  [245_000, '4:05'],
  [3_599_000, '59:59'],
  [3_600_000, '1:00:00'],
  [86_399_000, '23:59:59'],
  [Number.NaN, '']
])('%d ms are said as "%s"', (left, said) => {
  expect(clockTime(new Date(NOW.getTime() + left), NOW)).toBe(said);
});
