/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import { hintNode, readHint } from '../src/hint';

const commands = (hint: string): string[] =>
  readHint(hint)
    .filter(({ isCommand }) => isCommand)
    .map(({ text }) => text);

test.each<[string, string[]]>([
  ['Known are training.', []],
  ["Run 'presign targets' to see what there is.", ['jupyter presign targets']],
  [
    'Sign in: aws sso login --profile x; or set keys: aws configure.',
    ['aws sso login --profile x', 'aws configure']
  ],
  ['jupyter server extension enable nb_presign', ['jupyter server extension enable nb_presign']],
  ["It's a jupyter server", []],
  ['See jupyter.org: there it is.', []]
])('commands in %j', (hint, expected) => {
  expect(commands(hint)).toEqual(expected);
});

test('nothing of a hint is lost', () => {
  const hint = 'Sign in: aws sso login; or set keys: aws configure.';
  expect(
    readHint(hint)
      .map(({ text }) => text)
      .join('')
  ).toBe(hint);
});

test('lines of a file stand below what is said, and are copied as they are', async () => {
  const lines = 'c.One = [\n    1,\n]';
  const copied: string[] = [];
  Object.defineProperty(navigator, 'clipboard', {
    value: {
      writeText: (text: string) => {
        copied.push(text);
        return Promise.resolve();
      }
    }
  });
  const node = hintNode(`Have this added:\n${lines}`, nullTranslator.load('nb_presign'));
  expect(node.querySelector('pre')?.textContent).toBe(lines);
  expect(node.querySelector('p')?.textContent).toBe('Have this added:Copy');
  node.querySelector('button')?.click();
  await Promise.resolve();
  expect(copied).toEqual([lines]);
});
