/** @jest-environment jsdom */
import { PresignError } from '../../src/api/presignerror';
import type { IProvider, ITarget, ITargetPage, ITargetQuery } from '../../src/api/values';
import { Providers } from '../../src/model/providers';
import type { ITargetsApi, TargetGroup } from '../../src/model/targetgroup';
import { Targets } from '../../src/model/targets';

function provider(name: string, terms: Partial<IProvider> = {}): IProvider {
  const usable = { isUsable: true, reason: '', mend: '', isConfigured: true };
  return { name, title: name, ...usable, ...terms };
}

function target(reference: string, terms: Partial<ITarget> = {}): ITarget {
  return {
    reference,
    provider: reference.replace(/:.*/, ''),
    title: reference,
    state: 'ready',
    detail: '',
    mend: '',
    instanceType: '',
    isStartable: false,
    ...terms
  };
}

class FakeApi implements ITargetsApi {
  readonly asked: ITargetQuery[] = [];
  answer: (query: ITargetQuery) => Promise<ITargetPage> = () =>
    Promise.resolve({ items: [], cursor: '', problems: [] });
  looked = 0;
  /** How often a started target is looked at before it is ready. */
  takes = 2;

  targets(query: ITargetQuery): Promise<ITargetPage> {
    this.asked.push(query);
    return this.answer(query);
  }

  target(reference: string): Promise<ITarget> {
    this.looked += 1;
    const state = this.looked < this.takes ? 'starting' : 'ready';
    return Promise.resolve(target(reference, { state }));
  }

  start(reference: string): Promise<ITarget> {
    return Promise.resolve(target(reference, { state: 'starting' }));
  }
}

let api: FakeApi;
let providers: Providers;
let targets: Targets;

beforeEach(async () => {
  jest.useFakeTimers();
  api = new FakeApi();
  providers = new Providers({
    providers: () => Promise.resolve([provider('jupyter'), provider('sagemaker')])
  });
  targets = new Targets(api, providers);
  await providers.load();
});

afterEach(() => {
  targets.dispose();
  jest.useRealTimers();
});

function group(name: string): TargetGroup {
  const found = targets.groups.find(({ provider }) => provider.name === name);
  if (found === undefined) {
    throw new Error(name);
  }
  return found;
}

test('nothing is asked before a group is opened', async () => {
  expect(targets.groups.map(({ provider }) => provider.name)).toEqual(['jupyter', 'sagemaker']);
  await targets.load();
  expect(api.asked).toEqual([]);
});

test('pages come one after the other, and a target that is in two of them is shown once', async () => {
  api.answer = ({ cursor }) =>
    Promise.resolve(
      cursor === ''
        ? { items: [target('sagemaker:a'), target('sagemaker:b')], cursor: 'next', problems: [] }
        : { items: [target('sagemaker:b'), target('sagemaker:c')], cursor: '', problems: ['half'] }
    );
  const sagemaker = group('sagemaker');
  await targets.open(sagemaker);
  expect(sagemaker.hasMore).toBe(true);
  await Promise.all([sagemaker.more(), sagemaker.more()]);
  expect(sagemaker.items.map(({ reference }) => reference)).toEqual([
    'sagemaker:a',
    'sagemaker:b',
    'sagemaker:c'
  ]);
  expect([sagemaker.hasMore, sagemaker.problems, api.asked.length]).toEqual([false, ['half'], 2]);
});

test('only the answer for the region that was asked for last counts', async () => {
  const answers: Record<string, (page: ITargetPage) => void> = {};
  api.answer = ({ region }) =>
    new Promise(resolve => {
      answers[region ?? ''] = resolve;
    });
  const sagemaker = group('sagemaker');
  const first = targets.open(sagemaker);
  const second = targets.look({ region: 'eu-west-1', profile: 'work' });
  answers['eu-west-1']?.({ items: [target('sagemaker:eu')], cursor: '', problems: [] });
  answers['']?.({ items: [target('sagemaker:us')], cursor: '', problems: [] });
  await Promise.all([first, second]);
  expect(sagemaker.items.map(({ reference }) => reference)).toEqual(['sagemaker:eu']);
  expect(api.asked[1]).toEqual({
    provider: 'sagemaker',
    region: 'eu-west-1',
    profile: 'work',
    cursor: ''
  });
});

test('what goes wrong is in the group, and nothing of before', async () => {
  api.answer = () => Promise.resolve({ items: [target('sagemaker:a')], cursor: '', problems: [] });
  await targets.open(group('sagemaker'));
  api.answer = () => Promise.reject(new PresignError('no-region', 'No region.', 'Set one.'));
  await targets.load();
  expect(group('sagemaker').error?.hint).toBe('Set one.');
  expect(group('sagemaker').items).toEqual([]);
});

test('a started target is followed until it is ready, and no longer', async () => {
  const stopped = target('sagemaker:a', { state: 'stopped', isStartable: true });
  api.answer = () => Promise.resolve({ items: [stopped], cursor: '', problems: [] });
  const sagemaker = group('sagemaker');
  await targets.open(sagemaker);
  await sagemaker.start(stopped);
  expect(sagemaker.items[0]?.state).toBe('starting');
  await jest.advanceTimersByTimeAsync(60_000);
  expect(sagemaker.items[0]?.state).toBe('ready');
  expect(api.looked).toBe(2);
});

test('a provider that is gone takes its targets along', async () => {
  jest.spyOn(providers, 'items', 'get').mockReturnValue([provider('sagemaker')]);
  await providers.load();
  expect(targets.groups.map(({ provider }) => provider.name)).toEqual(['sagemaker']);
});

test('what most people look for comes first', async () => {
  const names = ['airflow', 'athena', 'emr', 'jupyter', 'sagemaker', 'session'];
  const all = new Providers({
    providers: () => Promise.resolve(names.map(name => provider(name)))
  });
  const sorted = new Targets(api, all);
  await all.load();
  expect(sorted.groups.map(({ provider: { name } }) => name)).toEqual([
    'jupyter',
    'session',
    'sagemaker',
    'athena',
    'airflow',
    'emr'
  ]);
  sorted.dispose();
});
