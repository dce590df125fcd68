/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import type { PresignApi } from '../../src/api/presignapi';
import { PresignError } from '../../src/api/presignerror';
import type { IFolder, IServer, ITarget, ITargetPage, ITargetQuery } from '../../src/api/values';
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
  readonly listed: string[] = [];
  /** What all targets are called; empty: as in their references. */
  title = '';
  /** When places are told of; open notebooks are at once. */
  places = Promise.resolve();

  async targets(query: ITargetQuery): Promise<ITargetPage> {
    this.asked.push(query);
    const { provider, cursor } = query;
    if (provider === '') {
      await this.places;
    }
    const items =
      provider === 'session'
        ? ['session:0a1b@gpu/lab/tree/open.ipynb']
        : cursor === ''
          ? ['jupyter:here', 'jupyter:gpu']
          : ['mlflow:runs', 'sagemaker:cloud'];
    const next = provider === '' && cursor === '' ? 'more' : '';
    return { items: items.map(one => this._target(one)), cursor: next, problems: [] };
  }

  private _target(reference: string): ITarget {
    const made = target(reference);
    return { ...made, title: this.title || made.title };
  }

  /** Every place but a cloud's has one notebook, in a folder. */
  notebooks(reference: string, folder: string): Promise<IFolder> {
    this.listed.push(`${reference} ${folder}`);
    if (reference.startsWith('sagemaker:')) {
      return Promise.reject(new PresignError('not-listable', 'It cannot.', 'Type the path.'));
    }
    const [name, isFolder] = folder === '' ? ['models', true] : ['a.ipynb', false];
    const path = folder === '' ? name : `${folder}/${name}`;
    const item = { name, path, isFolder, reference: `jupyter:gpu/notebooks/${path}` };
    return Promise.resolve({ items: [item], problems: [] });
  }
}

let api: FakeApi;
let picker: LinkPicker;

beforeEach(async () => {
  jest.useFakeTimers();
  api = new FakeApi();
  make();
  await settle();
});

function make(): void {
  picker = new LinkPicker({
    api: api as unknown as PresignApi,
    place: new Place({ server: () => Promise.resolve(SERVER) }, path => path),
    trans: nullTranslator.load('nb_presign')
  });
  Widget.attach(picker, document.body);
}

afterEach(() => {
  picker.dispose();
  jest.useRealTimers();
});

async function settle(): Promise<void> {
  await jest.advanceTimersByTimeAsync(0);
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

test('all pages are there, all places before open notebooks, and nothing is chosen', () => {
  expect(titles()).toEqual(['here', 'gpu', 'cloud', 'runs', '0a1b@gpu/lab/tree/open.ipynb']);
  expect(picker.getValue()).toBe('');
});

test('as long as nothing is chosen the dialog accepts nothing, and is said what to do', async () => {
  let looked = 0;
  document.body.addEventListener('input', () => {
    looked += 1;
  });
  const [words] = inputs();
  const written = picker.node.querySelector('output');
  expect(words?.validity.valid).toBe(false);
  expect(written?.textContent).toContain('Choose above');
  await write(0, 'cloud');
  expect(words?.validity.valid).toBe(true);
  expect(written?.textContent).toBe('[cloud](presign:sagemaker:cloud)');
  await write(0, 'nobody has this');
  expect(words?.validity.valid).toBe(false);
  // JupyterLab's dialog looks at its fields whenever it hears of this.
  expect(looked).toBeGreaterThanOrEqual(2);
});

test('a place is called as its provider calls it, and what is on it by its name', async () => {
  picker.dispose();
  api.title = 'My runs';
  make();
  await settle();
  await write(0, 'mlflow');
  expect(picker.getValue()).toBe('[My runs](presign:mlflow:runs)');
  await write(0, 'sagemaker');
  await write(1, 'a.ipynb');
  expect(picker.getValue()).toBe('[a.ipynb](presign:sagemaker:cloud/lab/tree/a.ipynb)');
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

describe('what words find first', () => {
  let tell: () => void;

  beforeEach(async () => {
    picker.dispose();
    api.places = new Promise(resolve => {
      tell = resolve;
    });
    make();
    await settle();
    await write(0, 'gpu');
    expect(picker.getValue()).toBe('[open.ipynb](presign:jupyter:gpu/lab/tree/open.ipynb)');
  });

  test('gives way to what comes later and is meant more likely', async () => {
    tell();
    await settle();
    expect(picker.getValue()).toBe('[gpu](presign:jupyter:gpu)');
  });

  test.each([
    [
      'an arrow',
      () => inputs()[0]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' }))
    ],
    ['a click', () => picker.node.querySelector<HTMLElement>('[role=option]')?.click()],
    ['a name for it', () => void write(2, 'last night')]
  ])('stays when it is taken by %s', async (_, take) => {
    take();
    tell();
    await settle();
    expect(titles()).toEqual(['gpu', '0a1b@gpu/lab/tree/open.ipynb']);
    expect(picker.getValue()).toContain('(presign:jupyter:gpu/lab/tree/open.ipynb)');
  });
});

test('arrows choose, and what is chosen is said to those who cannot see it', async () => {
  await write(0, 'jupyter');
  const [words] = inputs();
  words?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' }));
  const chosen = picker.node.querySelector('[aria-selected=true]');
  expect(chosen?.id).toBe(words?.getAttribute('aria-activedescendant'));
  expect(titles()[1]).toBe(chosen?.querySelector('.jp-PresignPicker-title')?.textContent);
});

/** Wait as long as somebody stays with a choice. */
async function stay(): Promise<void> {
  await jest.advanceTimersByTimeAsync(200);
}

function tree(): HTMLElement | null {
  return picker.node.querySelector('[role=tree]');
}

function rows(): (string | null)[] {
  return [...(tree()?.querySelectorAll('[role=treeitem]') ?? [])].map(row => row.textContent);
}

async function press(key: string): Promise<void> {
  tree()?.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
  await settle();
}

test('a notebook is found folder by folder, by keyboard', async () => {
  await write(0, 'jupyter gpu');
  await stay();
  expect(tree()?.getAttribute('aria-label')).toBe('Notebooks on gpu');
  expect(rows()).toEqual(['models']);
  await press('ArrowDown');
  expect(picker.getValue()).toBe('[models](presign:jupyter:gpu/notebooks/models)');
  await press('ArrowRight');
  expect(rows()).toEqual(['models', 'a.ipynb']);
  await press('ArrowRight');
  // As its server writes it, which knows its front end.
  expect(picker.getValue()).toBe('[a.ipynb](presign:jupyter:gpu/notebooks/models/a.ipynb)');
  expect(inputs()[1]?.value).toBe('models/a.ipynb');
  const chosen = tree()?.querySelector('[aria-selected=true]');
  expect(chosen?.getAttribute('aria-level')).toBe('2');
  expect(chosen?.id).toBe(tree()?.getAttribute('aria-activedescendant'));
  await write(1, 'models/b.ipynb');
  expect(tree()?.querySelector('[aria-selected=true]')).toBeNull();
  expect(picker.getValue()).toBe('[b.ipynb](presign:jupyter:gpu/lab/tree/models/b.ipynb)');
});

test('Enter opens a folder, and takes a notebook as the button of the dialog does', async () => {
  document.body.className = 'jp-Dialog';
  const button = document.createElement('button');
  button.className = 'jp-Dialog-button jp-mod-accept';
  let taken = 0;
  button.addEventListener('click', () => {
    taken += 1;
  });
  document.body.append(button);
  await write(0, 'jupyter gpu');
  await stay();
  await press('End');
  await press('Enter');
  expect([taken, rows()]).toEqual([0, ['models', 'a.ipynb']]);
  await press('a');
  await press('Enter');
  expect([taken, picker.getValue()]).toEqual([
    1,
    '[a.ipynb](presign:jupyter:gpu/notebooks/models/a.ipynb)'
  ]);
  button.remove();
});

test('this server lists its own, whatever it is called', async () => {
  await write(0, 'here');
  await stay();
  expect(api.listed).toEqual(['jupyter:. ']);
});

test('whoever goes down the list asks nobody', async () => {
  await write(0, 'jupyter');
  inputs()[0]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown' }));
  await stay();
  expect(api.listed).toEqual(['jupyter:gpu ']);
});

test('a place that cannot list says so, and its path can be typed', async () => {
  await write(0, 'cloud');
  await stay();
  expect(tree()?.hidden).toBe(true);
  expect(picker.node.querySelector('.jp-PresignTree')?.textContent).toContain('Type the path.');
  await write(1, 'a.ipynb');
  expect(picker.getValue()).toBe('[a.ipynb](presign:sagemaker:cloud/lab/tree/a.ipynb)');
});

test('a place without files has no path', async () => {
  await write(0, 'mlflow');
  expect(inputs()[1]?.closest('label')?.hidden).toBe(true);
  expect(picker.getValue()).toBe('[runs](presign:mlflow:runs)');
});
