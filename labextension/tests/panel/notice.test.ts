/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import { PresignError } from '../../src/api/presignerror';
import { Notice } from '../../src/panel/notice';

let notice: Notice;

beforeEach(() => {
  jest.useFakeTimers();
  notice = new Notice(nullTranslator.load('nb_presign'));
});

afterEach(() => {
  jest.useRealTimers();
});

function said(): string | null {
  return notice.node.textContent;
}

test('what was done is said for a while', async () => {
  await expect(notice.tell(Promise.resolve(1), 'Done.')).resolves.toBe(1);
  expect(said()).toBe('Done.');
  jest.advanceTimersByTime(9_000);
  expect(said()).toBe('Done.');
  jest.advanceTimersByTime(2_000);
  expect(said()).toBe('');
});

test('why something was not done stays, also where something was done before', async () => {
  await notice.tell(Promise.resolve(), 'Done.');
  const refusal = new PresignError('gone', 'It is gone.', 'Make another.');
  await notice.tell(Promise.reject(refusal), 'Done again.');
  jest.advanceTimersByTime(60_000);
  expect(said()).toBe('It is gone.Make another.');
});

test('where nothing is said, nothing is waited for', async () => {
  await notice.tell(Promise.resolve(), 'Done.');
  await notice.tell(Promise.resolve(), '');
  expect(said()).toBe('');
  expect(jest.getTimerCount()).toBe(0);
});

test('what was done last has its whole time', async () => {
  await notice.tell(Promise.resolve(), 'First.');
  jest.advanceTimersByTime(9_000);
  await notice.tell(Promise.resolve(), 'Second.');
  jest.advanceTimersByTime(9_000);
  expect(said()).toBe('Second.');
});
