import type { IServer } from '../../src/api/values';
import { pageIn, Place } from '../../src/reference/place';

const SERVER: IServer = {
  name: 'gpu',
  id: 'srv_1',
  version: '1',
  isSelfHosted: true,
  reason: '',
  here: 'sagemaker:my-instance?region=us-west-2'
};

test('a document is named by the place that the server says it is', async () => {
  const place = new Place({ server: () => Promise.resolve(SERVER) }, path => `lab/tree/${path}`);
  expect(await place.written()).toBe(SERVER.here);
  expect(await place.written('a b.ipynb')).toBe(
    'sagemaker:my-instance/lab/tree/a%20b.ipynb?region=us-west-2'
  );
});

test('what cannot be read is named as the server calls itself', async () => {
  const server = { ...SERVER, here: '' };
  const place = new Place({ server: () => Promise.resolve(server) }, path => path);
  expect(await place.written('a.ipynb')).toBe('jupyter:gpu/a.ipynb');
});

test('the server is asked once, and again only if it did not answer', async () => {
  const answers = [() => Promise.reject(new Error('away')), () => Promise.resolve(SERVER)];
  let asked = 0;
  const place = new Place(
    { server: () => (answers[asked++] ?? (() => Promise.reject(new Error('asked again'))))() },
    path => path
  );
  await expect(place.server()).rejects.toThrow('away');
  expect(await place.server()).toBe(SERVER);
  expect(await place.server()).toBe(SERVER);
  expect(asked).toBe(2);
});

test.each([
  ['JupyterLab', 'a/b.ipynb', 'lab/tree/a/b.ipynb'],
  ['Jupyter Notebook', 'a/b.ipynb', 'notebooks/a/b.ipynb'],
  ['Jupyter Notebook', 'a.csv', 'edit/a.csv']
])('%s shows %s at %s', (frontEnd, path, page) => {
  expect(pageIn(frontEnd, path)).toBe(page);
});
