import type { ServerConnection } from '@jupyterlab/services';
import { PresignApi } from '../../src/api/presignapi';
import { PresignError } from '../../src/api/presignerror';

interface IAsked {
  method: string;
  url: string;
  body: unknown;
}

/** An API whose server gives one answer, and what it was asked. */
function server(answer: () => Response): { api: PresignApi; asked: IAsked[] } {
  const asked: IAsked[] = [];
  const settings = {
    baseUrl: 'http://b/base/',
    appendToken: false,
    token: '',
    init: { cache: 'default' },
    serializer: JSON,
    Headers,
    Request,
    fetch: async (request: Request) => {
      const body = await request.text();
      const { method, url } = request;
      asked.push({ method, url, body: body === '' ? null : JSON.parse(body) });
      return answer();
    }
  } as unknown as ServerConnection.ISettings;
  return { api: new PresignApi(settings), asked };
}

function json(value: unknown, status = 200, headers = {}): Response {
  return new Response(JSON.stringify(value), { status, headers });
}

test('what is empty is not asked', async () => {
  const { api, asked } = server(() => json({ items: [], cursor: '', problems: [] }));
  await api.targets({ provider: 'sagemaker', region: 'eu-west-1', profile: '', cursor: '' });
  expect(asked).toEqual([
    {
      method: 'GET',
      url: 'http://b/base/nb-presign/api/targets?provider=sagemaker&region=eu-west-1',
      body: null
    }
  ]);
});

test('a request to mint has the names of the wire, and no more than was said', async () => {
  const { api, asked } = server(() => json({}, 500));
  const request = { target: 'jupyter:b', expiresIn: 300, maxUses: 1, isInteractive: true };
  await expect(api.mint(request)).rejects.toBeInstanceOf(PresignError);
  expect(asked[0]?.body).toEqual({
    target: 'jupyter:b',
    expires_in: 300,
    max_uses: 1,
    interactive: true
  });
});

test('ids are parts of a path and nothing else', async () => {
  const { api, asked } = server(() => json({}));
  await api.revoke('../links?x#y');
  await api.endSessions('ses_1');
  await api.endSessions();
  expect(
    asked.map(({ method, url }) => `${method} ${url.replace('http://b/base/nb-presign/', '')}`)
  ).toEqual([
    'DELETE api/links/..%2Flinks%3Fx%23y',
    'DELETE api/sessions/ses_1',
    'DELETE api/sessions'
  ]);
});

test('a refusal says what to do', async () => {
  const told = { code: 'no-credentials', message: 'None.', hint: 'Sign in: aws sso login.' };
  const { api } = server(() => json(told, 502));
  await expect(api.providers()).rejects.toMatchObject(told);
});

test.each([
  [404, 'not-enabled'],
  [500, 'error']
])('an answer with %d that is not ours is understood', async (status, code) => {
  const { api } = server(() => new Response('<h1>Jupyter</h1>', { status }));
  await expect(api.links()).rejects.toMatchObject({ code });
});

test('a server that is away is an error of ours too', async () => {
  const { api } = server(() => {
    throw new TypeError('fetch failed');
  });
  await expect(api.links()).rejects.toMatchObject({ code: 'offline' });
});

test('an answer that is not what was asked for is refused', async () => {
  const { api } = server(() => json({ id: 'lnk_1' }, 201));
  await expect(api.refresh('lnk_1')).rejects.toMatchObject({ code: 'bad-answer' });
});

test('the time is the server’s', async () => {
  const hour = 3_600_000;
  const { api } = server(() => json([], 200, { Date: new Date(Date.now() - hour).toUTCString() }));
  expect(Math.abs(api.now().getTime() - Date.now())).toBeLessThan(1000);
  await api.links();
  expect(Math.abs(Date.now() - hour - api.now().getTime())).toBeLessThan(2000);
});
