import { Renewals } from '../../src/guest/renewals';
import type { Scope } from '../../src/scope';

const made: Renewals[] = [];

function page(scope: Scope, minute: number, server = '/'): { heard: number[] } {
  const renewals = new Renewals({ scope, expiresAt: new Date(minute * 60_000) }, server);
  const heard: number[] = [];
  renewals.renewed.connect((_, end) => {
    heard.push(end.getTime() / 60_000);
  });
  made.push(renewals);
  return { heard };
}

afterEach(() => {
  made.splice(0).forEach(each => {
    each.dispose();
  });
});

/** Wait until messages that were posted before have come. */
async function settle(): Promise<void> {
  await new Promise(resolve => {
    const last = new BroadcastChannel('nb_presign:guest:last');
    const listener = new BroadcastChannel('nb_presign:guest:last');
    listener.addEventListener('message', () => {
      last.close();
      listener.close();
      setTimeout(resolve, 20);
    });
    last.postMessage('last');
  });
}

test('pages hear of sessions that begin later, on the same server and with the same scope', async () => {
  const first = page('execute', 1);
  const reader = page('read', 2);
  const elsewhere = page('execute', 3, '/user/ada/');
  const last = page('execute', 4);
  await settle();
  expect([first.heard, reader.heard, elsewhere.heard, last.heard]).toEqual([[4], [], [], []]);
});
