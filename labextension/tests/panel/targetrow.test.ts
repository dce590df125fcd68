/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import type { ITarget } from '../../src/api/values';
import { TargetRow } from '../../src/panel/targetrow';

const READY: ITarget = {
  reference: 'sagemaker:gpu',
  provider: 'sagemaker',
  title: 'gpu',
  state: 'ready',
  detail: 'in us-west-2',
  mend: '',
  instanceType: 'ml.t3.medium',
  isStartable: false
};

function show(target: ITarget, done: string[] = []): TargetRow {
  const note =
    (what: string) =>
    ({ state }: ITarget): void => {
      done.push(`${what} ${state}`);
    };
  const acts = { open: note('open'), share: note('share'), start: note('start') };
  return new TargetRow(target, acts, nullTranslator.load('nb_presign'));
}

/** What can be pressed in a row. */
function offered({ node }: TargetRow): (string | undefined)[] {
  return [...node.querySelectorAll<HTMLElement>('[data-act]')]
    .filter(({ hidden }) => !hidden)
    .map(({ dataset }) => dataset.act);
}

test.each([
  [{}, ['open', 'share']],
  [{ state: 'unknown' as const }, ['open', 'share']],
  [{ state: 'stopped' as const, isStartable: true }, ['start']],
  [{ state: 'stopped' as const }, []],
  [{ state: 'starting' as const, isStartable: true }, []],
  [{ state: 'failed' as const }, []]
])('a target that is %j offers %j', (terms, acts) => {
  expect(offered(show({ ...READY, ...terms }))).toEqual(acts);
});

test('a row follows its target', () => {
  const done: string[] = [];
  const row = show({ ...READY, state: 'stopped', isStartable: true }, done);
  row.node.querySelector<HTMLElement>('[data-act=start]')?.click();
  row.update({ ...READY, state: 'starting' });
  expect(row.node.querySelector('.jp-PresignBadge')?.textContent).toBe('starting');
  row.update(READY);
  row.node.querySelector<HTMLElement>('[data-act=open]')?.click();
  expect(done).toEqual(['start stopped', 'open ready']);
  expect(row.node.querySelector('.jp-PresignRow-terms')?.textContent).toBe(
    'ml.t3.medium · in us-west-2'
  );
});

test('what mends a target stands below it while it is needed', () => {
  const row = show({ ...READY, state: 'down', mend: 'Start it where it runs.' });
  expect(row.node.textContent).toContain('Start it where it runs.');
  row.update({ ...READY, mend: 'Start it where it runs.' });
  expect(row.node.textContent).not.toContain('Start it where it runs.');
});
