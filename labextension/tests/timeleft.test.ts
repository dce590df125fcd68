import { nullTranslator } from '@jupyterlab/translation';
import { timeLeft } from '../src/timeleft';
import { sayLeft } from '../src/words';

const NOW = new Date('2030-01-02T03:04:05Z');

function left(seconds: number): string {
  const until = new Date(NOW.getTime() + seconds * 1000);
  return sayLeft(timeLeft(until, NOW), nullTranslator.load(''));
}

test.each([
  [12 * 3600, '12 h left'],
  [12 * 3600 - 1, '11 h 59 min left'],
  [7200, '2 h left'],
  [7199, '1 h 59 min left'],
  [3600, '1 h left'],
  [3599, '59 min left'],
  [60, '1 min left'],
  [1, '1 min left'],
  [0, 'session ended'],
  [-5, 'session ended'],
  [Number.NaN, 'session ended']
])('%d seconds are %s', (seconds, said) => {
  expect(left(seconds)).toBe(said);
});
