/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import type { ILink } from '../../src/api/values';
import { type ILinkActs, LinkRow } from '../../src/panel/linkrow';
import { link } from '../model/links';

const NOW = new Date('2026-01-01T00:00:00Z');

interface IShown {
  row: LinkRow;
  done: string[];
  at: (seconds: number) => void;
}

function show(terms: Partial<ILink> = {}, before = 0): IShown {
  let now = NOW;
  const done: string[] = [];
  const note =
    (what: string) =>
    ({ id }: ILink): void => {
      done.push(`${what} ${id}`);
    };
  const acts: ILinkActs = {
    open: note('open'),
    copy: note('copy'),
    refresh: note('refresh'),
    revoke: note('revoke'),
    setAutoRefresh: ({ id }, wanted) => {
      done.push(`auto ${id} ${wanted.toString()}`);
    }
  };
  const row = new LinkRow(link('lnk_1', { createdAt: NOW, ...terms }), {
    acts,
    trans: nullTranslator.load('nb_presign'),
    now: () => now,
    isAutoRefreshed: () => false,
    usesBefore: () => before
  });
  // Boxes tell of a change only where they are on a page.
  document.body.replaceChildren(row.node);
  const at = (seconds: number): void => {
    now = new Date(NOW.getTime() + seconds * 1000);
    row.tick(now);
  };
  return { row, done, at };
}

function text({ row }: IShown, part: string): string {
  return row.node.querySelector(`.jp-PresignRow-${part}`)?.textContent ?? '';
}

function act({ row }: IShown, name: string): HTMLElement | null {
  return row.node.querySelector<HTMLElement>(`[data-act="${name}"]`);
}

test('a link says what it opens, for whom, and how often', () => {
  const terms = { scope: 'execute' as const, maxUses: 3, uses: 1, note: 'for Ada' };
  const shown = show({ ...terms, path: 'pub', allowedIps: ['10.0.0.0/8'] });
  expect(text(shown, 'name')).toBe('pub');
  expect(text(shown, 'terms')).toBe(
    'can run · only pub · 1 of 3 uses · from 10.0.0.0/8 · by me · “for Ada”'
  );
});

test('a countdown goes on to the end', () => {
  const shown = show();
  expect(text(shown, 'left')).toBe('5:00');
  shown.at(200);
  expect([text(shown, 'left'), shown.row.node.dataset.state]).toEqual(['1:40', 'live']);
  shown.at(250);
  expect([text(shown, 'left'), shown.row.node.dataset.state]).toEqual(['0:50', 'ending']);
  shown.at(300);
  expect([text(shown, 'left'), shown.row.node.dataset.state]).toEqual(['expired', 'over']);
});

test('a second that says the same changes nothing on the page', async () => {
  const shown = show();
  shown.at(1);
  let changes = 0;
  const watch = new MutationObserver(records => {
    changes += records.length;
  });
  const everything = { attributes: true, characterData: true, childList: true, subtree: true };
  watch.observe(shown.row.node, everything);
  shown.at(1);
  await Promise.resolve();
  expect(changes).toBe(0);
});

test('each button does what it says with the link as it is now', () => {
  const shown = show();
  shown.row.update(link('lnk_2', { createdAt: NOW, family: 'lnk_1' }));
  for (const name of ['open', 'copy', 'refresh', 'revoke', 'auto']) {
    act(shown, name)?.click();
  }
  expect(shown.done).toEqual([
    'open lnk_2',
    'copy lnk_2',
    'refresh lnk_2',
    'revoke lnk_2',
    'auto lnk_2 true'
  ]);
});

test('uses of the links that it continues count, since their guests go with it', () => {
  expect(text(show({ uses: 0 }, 2), 'terms')).toContain('used 2 times');
  expect(text(show({ uses: 0, maxUses: 3 }, 1), 'terms')).toContain('0 of 3 uses · 1 use before');
  const over = { state: 'expired' as const, uses: 0, sessionSeconds: 3600 };
  expect(act(show(over, 1), 'revoke')?.hidden).toBe(false);
  expect(act(show(over, 0), 'revoke')?.hidden).toBe(true);
});

test('a link that is used up says so', () => {
  expect(text(show({ state: 'used', maxUses: 1, uses: 1 }), 'left')).toBe('used up');
});

test('a link of a cloud service cannot be revoked', () => {
  expect(act(show({ audience: '' }), 'revoke')?.hidden).toBe(true);
});

test('what a person wrote is text and nothing else', () => {
  const shown = show({ note: '<img src=x onerror=alert(1)>' });
  expect(shown.row.node.querySelector('img')).toBeNull();
  expect(text(shown, 'terms')).toContain('<img');
});
