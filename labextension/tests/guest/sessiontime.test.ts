import { SessionTime } from '../../src/guest/sessiontime';

const MINUTE = 60_000;
const START = Date.parse('2030-01-02T03:04:05Z');

beforeEach(() => {
  jest.useFakeTimers({ now: START });
});

afterEach(() => {
  jest.useRealTimers();
});

function session(minutes: number): { time: SessionTime; said: string[] } {
  const time = new SessionTime(new Date(START + minutes * MINUTE));
  const said: string[] = [];
  time.changed.connect(() => {
    const left = time.left ? `${time.left.minutes.toString()} min` : 'none';
    said.push(`${time.phase} ${left}`);
  });
  return { time, said };
}

test('each minute is said once, and each phase', () => {
  const { time, said } = session(7);
  expect([time.phase, time.left]).toEqual(['running', { hours: 0, minutes: 7 }]);
  jest.advanceTimersByTime(8 * MINUTE);
  expect(said).toEqual([
    'running 6 min',
    'ending 5 min',
    'ending 4 min',
    'ending 3 min',
    'ending 2 min',
    'ending 1 min',
    'over none'
  ]);
  expect(time.isCutShort).toBe(false);
});

test('there is one timer, and none after the end', () => {
  const { time } = session(7);
  expect(jest.getTimerCount()).toBe(1);
  jest.advanceTimersByTime(3 * MINUTE);
  expect(jest.getTimerCount()).toBe(1);
  time.end();
  expect(jest.getTimerCount()).toBe(0);
});

test('a machine that slept notices soon', () => {
  const { time } = session(60);
  jest.setSystemTime(START + 59.5 * MINUTE);
  jest.advanceTimersByTime(15_000);
  expect(time.phase).toBe('ending');
});

test('an end before its time is cut short, and said once', () => {
  const { time, said } = session(7);
  time.end();
  time.end();
  expect(said).toEqual(['over none']);
  expect(time.isCutShort).toBe(true);
});

test('the server may be a little earlier than this clock', () => {
  const { time } = session(1);
  jest.advanceTimersByTime(MINUTE - 5000);
  time.end();
  expect(time.isCutShort).toBe(false);
});

test('an end that is unknown is taken for now', () => {
  expect(new SessionTime(new Date(Number.NaN)).phase).toBe('over');
});

test('nothing goes on after it is disposed of', () => {
  const { time, said } = session(7);
  time.dispose();
  jest.advanceTimersByTime(10 * MINUTE);
  expect([said, time.isDisposed, jest.getTimerCount()]).toEqual([[], true, 0]);
});

test('a session that is renewed in time goes on, and one that is over does not', () => {
  const { time, said } = session(7);
  jest.advanceTimersByTime(3 * MINUTE);
  time.extend(new Date(START + 60 * MINUTE));
  expect([time.phase, time.expiresAt]).toEqual(['running', new Date(START + 60 * MINUTE)]);
  expect(said).toEqual(['running 6 min', 'ending 5 min', 'ending 4 min', 'running 57 min']);
  time.extend(new Date(START + 10 * MINUTE));
  expect(time.left?.minutes).toBe(57);
  time.end();
  time.extend(new Date(START + 120 * MINUTE));
  expect(time.phase).toBe('over');
});
