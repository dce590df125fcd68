import { PresignError } from '../../src/api/presignerror';
import type { IFolder, IFolderItem } from '../../src/api/values';
import { NotebookTree } from '../../src/model/notebooktree';

function item(path: string): IFolderItem {
  const isFolder = !path.endsWith('.ipynb');
  return { name: path.replace(/^.*\//, ''), path, isFolder, reference: `jupyter:gpu/${path}` };
}

/** Answers when a test says so. */
class FakeApi {
  readonly asked: string[] = [];

  notebooks(reference: string, folder: string): Promise<IFolder> {
    this.asked.push(`${reference}/${folder}`);
    return new Promise((resolve, reject) => {
      this._waiting.push([resolve, reject]);
    });
  }

  async answer(...paths: string[]): Promise<void> {
    await this.tell({ items: paths.map(item), problems: [] });
  }

  async tell(folder: IFolder): Promise<void> {
    this._waiting.shift()?.[0](folder);
    await Promise.resolve();
  }

  async refuse(error: Error): Promise<void> {
    this._waiting.shift()?.[1](error);
    await Promise.resolve();
    await Promise.resolve();
  }

  private readonly _waiting: [(folder: IFolder) => void, (error: Error) => void][] = [];
}

let api: FakeApi;
let tree: NotebookTree;

beforeEach(() => {
  api = new FakeApi();
  tree = new NotebookTree(api);
});

function seen(): string[] {
  return tree.rows.map(({ item: { path }, level }) => `${level.toString()} ${path}`);
}

test('a folder is asked for when it is opened, once', async () => {
  const looked = tree.look('jupyter:gpu');
  expect(tree.isLoading).toBe(true);
  await api.answer('models', 'a.ipynb');
  await looked;
  expect([tree.isLoading, seen()]).toEqual([false, ['1 models', '1 a.ipynb']]);
  const opened = tree.open('models');
  await api.answer('models/b.ipynb');
  await opened;
  expect(seen()).toEqual(['1 models', '2 models/b.ipynb', '1 a.ipynb']);
  tree.close('models');
  expect(seen()).toEqual(['1 models', '1 a.ipynb']);
  await tree.open('models');
  expect(seen()).toHaveLength(3);
  expect(api.asked).toEqual(['jupyter:gpu/', 'jupyter:gpu/models']);
});

test('the answer of a place that nobody looks at any more is not shown', async () => {
  const first = tree.look('jupyter:slow');
  const second = tree.look('jupyter:gpu');
  await api.answer('slow.ipynb');
  expect([tree.isLoading, seen()]).toEqual([true, []]);
  await api.answer('fast.ipynb');
  await Promise.all([first, second]);
  expect([tree.isLoading, seen()]).toEqual([false, ['1 fast.ipynb']]);
});

test('what went wrong is said until somebody looks again, and a folder stays closed', async () => {
  const looked = tree.look('jupyter:gpu');
  await api.answer('models');
  await looked;
  const opened = tree.open('models');
  await api.refuse(new PresignError('unreachable', 'No answer.', 'Is it running?'));
  await opened;
  expect(tree.error?.message).toBe('No answer.');
  expect(tree.rows[0]?.isOpen).toBe(false);
  const again = tree.open('models');
  expect(tree.error).toBeNull();
  await api.answer('models/b.ipynb');
  await again;
  expect(seen()).toEqual(['1 models', '2 models/b.ipynb']);
});

test('what is left out of a folder is told while it is open', async () => {
  const looked = tree.look('jupyter:gpu');
  await api.tell({ items: [item('models')], problems: ['Only the first 1.'] });
  await looked;
  const opened = tree.open('models');
  await api.tell({ items: [], problems: ['Only the first 2.'] });
  await opened;
  expect(tree.problems).toEqual(['Only the first 1.', 'Only the first 2.']);
  tree.close('models');
  expect(tree.problems).toEqual(['Only the first 1.']);
});
