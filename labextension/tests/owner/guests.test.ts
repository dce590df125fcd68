/** @jest-environment jsdom */
import { Guests } from '../../src/owner/guests';
import type { IGuestSession } from '../../src/owner/guestsession';

const NOW = new Date('2026-01-01T12:00:00Z');

function session(id: string, minutes = 60): IGuestSession {
  return {
    id,
    scope: 'read',
    target: 'jupyter:gpu',
    path: '',
    address: '',
    note: '',
    expiresAt: new Date(NOW.getTime() + minutes * 60_000)
  };
}

class FakeApi {
  here: IGuestSession[] = [];
  asked = 0;

  now(): Date {
    return new Date();
  }

  sessions(): Promise<readonly IGuestSession[]> {
    this.asked += 1;
    return Promise.resolve(this.here);
  }

  endSessions(id?: string): Promise<void> {
    this.here = this.here.filter(one => id !== undefined && one.id !== id);
    return Promise.resolve();
  }
}

let api: FakeApi;
let guests: Guests;

beforeEach(async () => {
  jest.useFakeTimers({ now: NOW, doNotFake: ['requestAnimationFrame', 'performance'] });
  api = new FakeApi();
  guests = new Guests(api);
  await pass(1);
});

afterEach(() => {
  guests.dispose();
  jest.useRealTimers();
});

async function pass(seconds: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(seconds * 1000);
}

/** Have an event come, and the answer to what is asked then. */
async function hear(): Promise<void> {
  await guests.hear();
  await pass(1);
}

test('while events tell, nobody is asked again and again', async () => {
  expect(api.asked).toBe(1);
  api.here = [session('one')];
  await hear();
  expect(guests.sessions).toHaveLength(1);
  await pass(100);
  expect(api.asked).toBe(2);
});

test('where a change came without an event, the server is asked more often until one comes', async () => {
  api.here = [session('one')];
  await pass(125);
  expect([api.asked, guests.sessions.length]).toEqual([2, 1]);
  await pass(35);
  expect(api.asked).toBeGreaterThanOrEqual(4);
  await hear();
  const { asked } = api;
  await pass(100);
  expect(api.asked).toBe(asked);
});

test('what was ended here is no change that an event has to tell of', async () => {
  api.here = [session('one')];
  await hear();
  await guests.end(session('one'));
  expect(guests.sessions).toEqual([]);
  await pass(125);
  const { asked } = api;
  await pass(100);
  expect(api.asked).toBe(asked);
});

test('a session that is over by itself is gone at once', async () => {
  api.here = [session('short', 1), session('long')];
  await hear();
  let told = 0;
  guests.changed.connect(() => {
    told += 1;
  });
  await pass(61);
  expect(guests.sessions.map(({ id }) => id)).toEqual(['long']);
  expect(told).toBe(1);
});
