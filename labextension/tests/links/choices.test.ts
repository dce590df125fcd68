import type { IServer, ITarget } from '../../src/api/values';
import { choiceOf, type IChoice, labelOf, matching, referenceOn } from '../../src/links/choices';

const HERE: IServer = {
  name: 'analysis',
  id: 'srv_1',
  version: '1',
  isSelfHosted: true,
  reason: '',
  here: 'hub:ada/analysis'
};

function target(reference: string, title: string): ITarget {
  return {
    reference,
    provider: reference.replace(/:.*/, ''),
    title,
    state: 'ready',
    detail: '',
    mend: '',
    instanceType: '',
    isStartable: false
  };
}

function place(reference: string): IChoice {
  const choice = choiceOf(target(reference, 'it'), HERE);
  if (choice === null) {
    throw new Error(`nothing to choose: ${reference}`);
  }
  return choice;
}

test('an open notebook is named by its server and file, since its kernel will end', () => {
  const open = target('session:0a1b@gpu/lab/tree/a%20b.ipynb', 'a b.ipynb');
  expect(choiceOf(open, HERE)).toMatchObject({
    reference: 'jupyter:gpu/lab/tree/a%20b.ipynb',
    isPlace: false
  });
});

test('one of this server is named as this place is', () => {
  const open = target('session:0a1b@analysis/lab/tree/a.ipynb', 'a.ipynb');
  expect(choiceOf(open, HERE)?.reference).toBe('hub:ada/analysis/lab/tree/a.ipynb');
});

test('one without a page cannot be linked to', () => {
  expect(choiceOf(target('session:0a1b@gpu', 'a.ipynb'), HERE)).toBeNull();
});

test.each([
  ['jupyter:gpu', '', 'jupyter:gpu'],
  ['jupyter:gpu', ' /a b.ipynb/ ', 'jupyter:gpu/lab/tree/a%20b.ipynb'],
  ['jupyter:gpu', 'notebooks/a.ipynb', 'jupyter:gpu/notebooks/a.ipynb'],
  ['sagemaker:x?region=y', 'a.ipynb', 'sagemaker:x/lab/tree/a.ipynb?region=y'],
  ['mlflow:server', 'a.ipynb', 'mlflow:server']
])('on %s the path %j is %s', (reference, path, expected) => {
  expect(referenceOn(place(reference), path)).toBe(expected);
});

test('all words have to occur, anywhere', () => {
  const choices = ['jupyter:gpu', 'sagemaker:gpu-big'].map(place);
  expect(matching(choices, 'GPU')).toHaveLength(2);
  expect(matching(choices, ' sage  big ').map(({ reference }) => reference)).toEqual([
    'sagemaker:gpu-big'
  ]);
});

test('a link is called after what it opens', () => {
  const taxi: IChoice = {
    reference: 'athena:9955e55f',
    provider: 'athena',
    title: 'Taxi fares',
    detail: '',
    isPlace: false
  };
  expect(labelOf('jupyter:gpu/lab/tree/a%20b.ipynb', taxi)).toBe('a b.ipynb');
  expect(labelOf('jupyter:gpu?', taxi)).toBe('gpu');
  expect(labelOf('athena:9955e55f', taxi)).toBe('Taxi fares');
  const open = { ...taxi, reference: 'jupyter:gpu/lab/tree/a.ipynb', provider: 'session' };
  expect(labelOf(open.reference, open)).toBe('a.ipynb');
});
