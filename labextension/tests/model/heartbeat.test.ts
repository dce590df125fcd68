/** @jest-environment jsdom */
import { Heartbeat } from '../../src/model/heartbeat';

let hidden = false;
let heartbeat: Heartbeat;
let beats = 0;

beforeEach(() => {
  jest.useFakeTimers();
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  hidden = false;
  beats = 0;
  heartbeat = new Heartbeat();
  heartbeat.beat.connect(() => {
    beats += 1;
  });
});

afterEach(() => {
  heartbeat.dispose();
  jest.useRealTimers();
});

function turn(isHidden: boolean): void {
  hidden = isHidden;
  document.dispatchEvent(new Event('visibilitychange'));
}

test('it beats once a second, at once when it is wanted, and no more when it is not', () => {
  jest.advanceTimersByTime(5000);
  expect(beats).toBe(0);
  heartbeat.isWanted = true;
  expect(beats).toBe(1);
  jest.advanceTimersByTime(3000);
  expect(beats).toBe(4);
  heartbeat.isWanted = false;
  jest.advanceTimersByTime(5000);
  expect(beats).toBe(4);
});

test('it rests on a page that nobody sees, and says at once how things stand afterwards', () => {
  heartbeat.isWanted = true;
  turn(true);
  jest.advanceTimersByTime(60_000);
  expect(beats).toBe(1);
  turn(false);
  expect(beats).toBe(2);
  jest.advanceTimersByTime(1000);
  expect(beats).toBe(3);
});

test('no page makes it beat twice a second', () => {
  heartbeat.isWanted = true;
  heartbeat.isWanted = true;
  turn(false);
  beats = 0;
  jest.advanceTimersByTime(1000);
  expect(beats).toBe(1);
});

test('it is over when it is disposed of', () => {
  heartbeat.isWanted = true;
  heartbeat.dispose();
  turn(false);
  jest.advanceTimersByTime(5000);
  expect(beats).toBe(1);
});
