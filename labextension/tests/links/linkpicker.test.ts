/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { PresignApi } from '../../src/api/presignapi';
import type { IServer, ITarget, ITargetPage, ITargetQuery } from '../../src/api/values';
import { LinkPicker } from '../../src/links/linkpicker';
import { Place } from '../../src/reference/place';

const SERVER: IServer = {
  name: 'here',
  id: 'srv_1',
  version: '1',
  isSelfHosted: true,
  reason: '',
  here: 'jupyter:here'
};

function target(reference: string): ITarget {
  const [provider = '', title = ''] = reference.split(':');
  return {
    reference,
    provider,
    title,
    state: 'ready',
    detail: '',
    mend: '',
    instanceType: '',
    isStartable: false
  };
}

/** A server with two pages of places, and one open notebook elsewhere. */
class FakeApi {
  readonly asked: ITargetQuery[] = [];

  targets(query: ITargetQuery): Promise<ITargetPage> {
    this.asked.push(query);
    const { provider, cursor } = query;
    const items =
      provider === 'session'
        ? ['session:0a1b@gpu/lab/tree/open.ipynb']
        : cursor === ''
          ? ['jupyter:here', 'jupyter:gpu']
          : ['mlflow:runs'];
    const next = provider === '' && cursor === '' ? 'more' : '';
    return Promise.resolve({ items: items.map(target), cursor: next, problems: [] });
  }
}

let picker: LinkPicker;

beforeEach(async () => {
  picker = new LinkPicker({
    api: new FakeApi() as unknown as PresignApi,
    place: new Place({ server: () => Promise.resolve(SERVER) }, path => path),
    files: directory => Promise.resolve([`${directory}a.ipynb`]),
    trans: nullTranslator.load('nb_presign')
  });
  Widget.attach(picker, document.body);
  await settle();
});

afterEach(() => {
  picker.dispose();
});

async function settle(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve));
}

function inputs(): HTMLInputElement[] {
  return [...picker.node.querySelectorAll('input')];
}

async function write(at: number, text: string): Promise<void> {
  const input = inputs()[at];
  if (input !== undefined) {
    input.value = text;
    input.dispatchEvent(new Event('input'));
  }
  await settle();
}

function titles(): (string | null | undefined)[] {
  return [...picker.node.querySelectorAll('[role=option]')].map(
    option => option.querySelector('.jp-PresignPicker-title')?.textContent
  );
}

test('all pages are there, places before open notebooks, and nothing is chosen', () => {
  expect(titles()).toEqual(['here', 'gpu', 'runs', '0a1b@gpu/lab/tree/open.ipynb']);
  expect(picker.getValue()).toBe('');
});

test('words choose the first that has them', async () => {
  await write(0, 'jupyter gpu');
  await write(1, 'models/a b.ipynb');
  expect(picker.getValue()).toBe('[a b.ipynb](presign:jupyter:gpu/lab/tree/models/a%20b.ipynb)');
  await write(2, 'last [night]');
  expect(picker.getValue()).toBe(
    '[last \\[night\\]](presign:jupyter:gpu/lab/tree/models/a%20b.ipynb)'
  );
  await write(0, 'nobody has this');
  expect(picker.getValue()).toBe('');
});

test('arrows choose, and what is chosen is said to those who cannot see it', async () => {
  await write(0, 'jupyter');
  const [words] = inputs();
  words?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' }));
  const chosen = picker.node.querySelector('[aria-selected=true]');
  expect(chosen?.id).toBe(words?.getAttribute('aria-activedescendant'));
  expect(titles()[1]).toBe(chosen?.querySelector('.jp-PresignPicker-title')?.textContent);
});

test('files of this server are offered, and open notebooks of others', async () => {
  const offered = (): string[] =>
    [...picker.node.querySelectorAll('datalist option')].map(
      option => (option as HTMLOptionElement).value
    );
  await write(0, 'here');
  await write(1, 'models/');
  expect(offered()).toEqual(['models/a.ipynb']);
  await write(0, 'jupyter gpu');
  expect(offered()).toEqual(['0a1b@gpu/lab/tree/open.ipynb']);
});

test('a place without files has no path', async () => {
  await write(0, 'mlflow');
  expect(inputs()[1]?.closest('label')?.hidden).toBe(true);
  expect(picker.getValue()).toBe('[runs](presign:mlflow:runs)');
});
