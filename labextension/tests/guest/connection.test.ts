import type { ServerConnection } from '@jupyterlab/services';
import { GuestConnection } from '../../src/guest/connection';

/** A socket that the test closes. */
class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static made: FakeSocket[] = [];

  constructor(readonly url: string) {
    super();
    FakeSocket.made.push(this);
  }

  shut(code: number): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code }));
  }
}

interface IPage {
  settings: ServerConnection.ISettings;
  asked: string[];
  ends: number;
  connection: GuestConnection;
}

/** A page whose server answers with a status for each path. */
function page(statuses: Record<string, number | Error>): IPage {
  const asked: string[] = [];
  const fetch = (input: RequestInfo): Promise<Response> => {
    const path = (input as string).replace('http://b/', '');
    asked.push(path);
    const status = statuses[path] ?? 200;
    return typeof status === 'number'
      ? Promise.resolve(new Response(null, { status }))
      : Promise.reject(status);
  };
  FakeSocket.made = [];
  Object.assign(globalThis, { window: globalThis, WebSocket: FakeSocket });
  const settings = {
    baseUrl: 'http://b/',
    init: {},
    fetch,
    WebSocket: FakeSocket
  } as unknown as ServerConnection.ISettings;
  const made: IPage = { settings, asked, ends: 0, connection: new GuestConnection(settings) };
  made.connection.ended.connect(() => {
    made.ends += 1;
  });
  return made;
}

/** Say whether a promise is settled once everything that can go on has. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  await new Promise(resolve => setTimeout(resolve, 5));
  return settled;
}

test('answers pass through', async () => {
  const { settings, asked } = page({ 'api/contents': 200 });
  expect((await settings.fetch('http://b/api/contents')).status).toBe(200);
  expect(asked).toEqual(['api/contents']);
});

test('what the scope does not allow is refused, and the session goes on', async () => {
  const made = page({ 'api/terminals': 403, 'api/me': 200 });
  expect((await made.settings.fetch('http://b/api/terminals')).status).toBe(403);
  expect([made.asked, made.ends]).toEqual([['api/terminals', 'api/me'], 0]);
});

test.each([401, 403])('a refusal with %d where everybody may is the end', async status => {
  const made = page({ 'api/contents': status, 'api/me': status });
  expect(await isSettled(made.settings.fetch('http://b/api/contents'))).toBe(false);
  expect(made.ends).toBe(1);
});

test('a server that is away is not the end', async () => {
  const made = page({ 'api/contents': 403, 'api/me': new TypeError('away') });
  expect((await made.settings.fetch('http://b/api/contents')).status).toBe(403);
  expect(made.ends).toBe(0);
});

test('many refusals at once are one question', async () => {
  const made = page({ 'api/contents': 403 });
  await Promise.all([1, 2, 3].map(() => made.settings.fetch('http://b/api/contents')));
  expect(made.asked.filter(path => path === 'api/me')).toHaveLength(1);
});

test.each([1000, 1006, 4400])('a socket that is closed with %d is not the end', code => {
  const made = page({});
  new made.settings.WebSocket('ws://b/1');
  FakeSocket.made[0]?.shut(code);
  expect(made.ends).toBe(0);
});

test('4401 is the end, said once, before the socket’s own listeners hear of it', () => {
  const made = page({});
  const sockets = [1, 2].map(() => new made.settings.WebSocket('ws://b/1'));
  const heard: number[] = [];
  sockets[0]?.addEventListener('close', () => heard.push(made.ends));
  FakeSocket.made.forEach(each => {
    each.shut(4401);
  });
  expect([made.ends, heard]).toEqual([1, [1]]);
});

test('4401 is not the end where another tab has begun a session', async () => {
  const made = page({});
  made.connection.renew();
  new made.settings.WebSocket('ws://b/1');
  FakeSocket.made[0]?.shut(4401);
  await isSettled(Promise.resolve());
  expect([made.asked, made.ends]).toEqual([['api/me'], 0]);
});

test('4401 is the end of a renewed session too', async () => {
  const made = page({ 'api/me': 401 });
  made.connection.renew();
  new made.settings.WebSocket('ws://b/1');
  FakeSocket.made[0]?.shut(4401);
  await isSettled(Promise.resolve());
  expect(made.ends).toBe(1);
});

test('after the end nothing is sent, by whichever socket', async () => {
  const made = page({});
  made.connection.close();
  expect(await isSettled(made.settings.fetch('http://b/api/contents'))).toBe(false);
  const sockets = [new made.settings.WebSocket('ws://b/1'), new WebSocket('ws://b/2')];
  for (const socket of sockets) {
    expect(socket.readyState).toBe(0);
    socket.send('more');
    socket.close();
  }
  expect([made.asked, FakeSocket.made, made.ends]).toEqual([[], [], 0]);
});
