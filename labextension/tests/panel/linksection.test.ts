/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { Heartbeat } from '../../src/model/heartbeat';
import { Links } from '../../src/model/links';
import { LinkSection } from '../../src/panel/linksection';
import { FakeLinksApi, link } from '../model/links';

let api: FakeLinksApi;
let links: Links;
let heartbeat: Heartbeat;
let section: LinkSection;

beforeEach(async () => {
  api = new FakeLinksApi();
  api.kept = [link('lnk_a', { target: 'jupyter:ada' }), link('lnk_b', { target: 'jupyter:bob' })];
  links = new Links(api);
  heartbeat = new Heartbeat();
  section = new LinkSection({ links } as never, heartbeat, nullTranslator.load('nb_presign'));
  Widget.attach(section, document.body);
  await links.load();
});

afterEach(() => {
  section.dispose();
  heartbeat.dispose();
  links.dispose();
});

function rows(): HTMLElement[] {
  return [...section.node.querySelectorAll<HTMLElement>('.jp-PresignList li')];
}

function rowOf(name: string): HTMLElement | undefined {
  return rows().find(({ textContent }) => textContent.includes(name));
}

function box(): HTMLElement | null {
  return section.node.querySelector('.jp-PresignUrlBox');
}

/** Press a row's button, and wait for what the server says. */
async function refresh(name: string): Promise<void> {
  rowOf(name)?.querySelector<HTMLElement>('[data-act=refresh]')?.click();
  await new Promise(resolve => setTimeout(resolve));
}

test('a new URL stands in the row for which it was asked', async () => {
  await refresh('ada');
  expect(rows().filter(row => row.contains(box()))).toEqual([rowOf('ada')]);
});

test('a URL that is shown once is not lost with a row that the filter hides', async () => {
  await refresh('ada');
  section.filter('bob');
  expect(rows()).toHaveLength(1);
  expect(box()?.hidden).toBe(false);
  expect(rowOf('bob')?.contains(box())).toBe(false);
});

test('a URL whose row is gone when it comes stands in no other row', async () => {
  await refresh('bob');
  const answered = refresh('ada');
  section.filter('bob');
  await answered;
  expect(box()?.hidden).toBe(false);
  expect(rows().some(row => row.contains(box()))).toBe(false);
});

test('who has no more need of a URL goes on where it stood', async () => {
  const done = (): void => {
    const all = [...(box()?.querySelectorAll('button') ?? [])];
    all.find(({ textContent }) => textContent === 'Done')?.click();
  };
  await refresh('ada');
  done();
  expect(rowOf('ada')?.contains(document.activeElement)).toBe(true);
  await refresh('ada');
  section.filter('bob');
  done();
  expect(document.activeElement?.classList).toContain('jp-PresignNotice');
});
