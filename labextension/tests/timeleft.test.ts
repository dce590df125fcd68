import { timeLeft } from '../src/timeleft';

const NOW = new Date('2030-01-02T03:04:05Z');

function left(seconds: number): string {
  const found = timeLeft(new Date(NOW.getTime() + seconds * 1000), NOW);
  return found === null ? 'none' : `${found.count.toString()} ${found.unit}`;
}

test.each([
  [12 * 3600, '12 h'],
  [12 * 3600 - 1, '11 h'],
  [7200, '2 h'],
  [7199, '119 min'],
  [60, '1 min'],
  [1, '1 min'],
  [0, 'none'],
  [-5, 'none'],
  [Number.NaN, 'none']
])('%d seconds are %s', (seconds, said) => {
  expect(left(seconds)).toBe(said);
});
