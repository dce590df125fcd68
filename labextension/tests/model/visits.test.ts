import { Signal } from '@lumino/signaling';
import type { ILink } from '../../src/api/values';
import type { Opener } from '../../src/model/opener';
import { type IVisit, placeOf, Visits } from '../../src/model/visits';
import { link } from './links';

const MINUTE = 60_000;

class FakeOpener {
  readonly opened = new Signal<Opener, ILink>(this as unknown as Opener);

  open(target: string, sessionSeconds: number): void {
    this.opened.emit(link('lnk_1', { target, sessionSeconds }));
  }
}

let opener: FakeOpener;
let visits: Visits;
let ended: IVisit[];
let renewed: string[];

beforeEach(() => {
  jest.useFakeTimers();
  opener = new FakeOpener();
  visits = new Visits(opener as unknown as Opener);
  ended = [];
  renewed = [];
  visits.ending.connect((_, visit) => ended.push(visit));
  visits.renewed.connect((_, place) => renewed.push(place));
});

afterEach(() => {
  visits.dispose();
  jest.useRealTimers();
});

test('the end is announced once, five minutes before it', () => {
  opener.open('jupyter:gpu/lab/tree/a.ipynb', 1800);
  jest.advanceTimersByTime(25 * MINUTE - 1);
  expect(ended).toEqual([]);
  jest.advanceTimersByTime(10 * MINUTE);
  expect(ended.map(({ place, reference }) => [place, reference])).toEqual([
    ['jupyter:gpu', 'jupyter:gpu/lab/tree/a.ipynb']
  ]);
});

test('whatever is opened on the same place renews its session', () => {
  opener.open('jupyter:gpu/lab/tree/a.ipynb', 1800);
  jest.advanceTimersByTime(20 * MINUTE);
  opener.open('session:0a1b@gpu/lab/tree/b.ipynb', 1800);
  jest.advanceTimersByTime(20 * MINUTE);
  expect(ended).toEqual([]);
  jest.advanceTimersByTime(5 * MINUTE);
  expect(ended).toHaveLength(1);
  expect(renewed).toEqual(['jupyter:gpu', 'jupyter:gpu']);
});

test('a machine that has slept past the end hears of it within a minute', () => {
  opener.open('jupyter:gpu', 43_200);
  jest.setSystemTime(Date.now() + 43_200_000);
  jest.advanceTimersByTime(MINUTE);
  expect(ended).toHaveLength(1);
});

test('where nobody knows how long a session lasts, nothing is said and no timer runs', () => {
  opener.open('mlflow:server', 0);
  expect(jest.getTimerCount()).toBe(0);
});

test.each([
  ['jupyter:gpu/lab/tree/a.ipynb', 'jupyter:gpu'],
  ['session:0a1b@gpu/notebooks/a.ipynb', 'jupyter:gpu'],
  ['hub:ada/big/lab/tree/a.ipynb', 'hub:ada/big'],
  ['studio:d-1/ada/lab?region=x', 'studio:d-1/ada?region=x'],
  ['%', '%']
])('%s is on %s', (reference, place) => {
  expect(placeOf(reference)).toBe(place);
});
