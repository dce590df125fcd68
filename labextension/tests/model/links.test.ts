/** @jest-environment jsdom */
import { PresignError } from '../../src/api/presignerror';
import { Links } from '../../src/model/links';
import { FakeLinksApi, link } from './links';

let api: FakeLinksApi;
let links: Links;

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') });
  api = new FakeLinksApi();
  links = new Links(api);
});

afterEach(() => {
  links.dispose();
  jest.useRealTimers();
});

test('what is minted is listed at once, and its URL is in no list', async () => {
  const { url } = await links.mint({ target: 'jupyter:b' });
  expect(links.items.map(({ id }) => id)).toEqual(['lnk_0']);
  expect(JSON.stringify(links.items)).not.toContain(url);
});

test('of a chain the newest is shown', async () => {
  const { link: first } = await links.mint({ target: 'jupyter:b' });
  jest.advanceTimersByTime(1000);
  await links.refresh(first);
  await links.load();
  expect(links.items.map(({ id }) => id)).toEqual(["lnk_0'"]);
});

test('a revoked chain is gone as a whole', async () => {
  const { link: first } = await links.mint({ target: 'jupyter:b' });
  const { link: second } = await links.refresh(first);
  await links.revoke(second);
  expect(links.items).toEqual([]);
  await links.load();
  expect(links.items).toEqual([]);
});

test('an error stays until the server answers', async () => {
  jest.spyOn(api, 'links').mockRejectedValueOnce(new PresignError('offline', 'Away.'));
  await links.load();
  expect([links.error?.code, links.isLoaded]).toEqual(['offline', false]);
  await links.load();
  expect([links.error, links.isLoaded]).toEqual([null, true]);
});

test('nobody asks while nobody looks', async () => {
  const asked = jest.spyOn(api, 'links');
  await jest.advanceTimersByTimeAsync(600_000);
  expect(asked).not.toHaveBeenCalled();
  links.isWatched = true;
  await jest.advanceTimersByTimeAsync(65_000);
  const while_ = asked.mock.calls.length;
  expect(while_).toBeGreaterThanOrEqual(2);
  links.isWatched = false;
  await jest.advanceTimersByTimeAsync(600_000);
  expect(asked.mock.calls.length).toBe(while_);
});

describe('refreshing by itself', () => {
  test('a successor is there before the end, and its URL at hand', async () => {
    const { link: first } = await links.mint({ target: 'jupyter:b' });
    await links.setAutoRefresh(first, true);
    const [switched] = links.items;
    expect(switched && (await links.url(switched))).toBe("http://b/redeem#lnk_0'");
    await jest.advanceTimersByTimeAsync(300_000 * 0.69);
    expect(api.refreshed).toEqual(['lnk_0']);
    await jest.advanceTimersByTimeAsync(300_000 * 0.17);
    expect(api.refreshed).toEqual(['lnk_0', "lnk_0'"]);
    const [now] = links.items;
    expect(now && links.isAutoRefreshed(now)).toBe(true);
  });

  test('it stops when it is switched off', async () => {
    const { link: first } = await links.mint({ target: 'jupyter:b' });
    await links.setAutoRefresh(first, true);
    await links.setAutoRefresh(first, false);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(api.refreshed).toEqual(['lnk_0']);
  });

  test('it is on while the server is asked, unless somebody thinks better of it', async () => {
    const { link: first } = await links.mint({ target: 'jupyter:b' });
    const switching = links.setAutoRefresh(first, true);
    expect(links.isAutoRefreshed(first)).toBe(true);
    await links.setAutoRefresh(first, false);
    await switching;
    expect(links.isAutoRefreshed(first)).toBe(false);
    expect(links.items.map(({ id }) => id)).toEqual(["lnk_0'"]);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(api.refreshed).toEqual(['lnk_0']);
  });

  test('it is off again where the server refuses, and says so', async () => {
    const { link: first } = await links.mint({ target: 'jupyter:b' });
    api.refusal = new PresignError('link-revoked', 'Revoked.');
    const seen: boolean[] = [];
    links.changed.connect(() => {
      seen.push(links.isAutoRefreshed(first));
    });
    await expect(links.setAutoRefresh(first, true)).rejects.toBe(api.refusal);
    expect(seen).toEqual([false]);
  });

  test('it stops when the link is revoked', async () => {
    const { link: first } = await links.mint({ target: 'jupyter:b' });
    await links.setAutoRefresh(first, true);
    await links.revoke(first);
    await jest.advanceTimersByTimeAsync(600_000);
    expect(api.refreshed).toEqual(['lnk_0']);
    expect(links.isAutoRefreshed(first)).toBe(false);
  });

  test('a server that is away is asked again, one that has revoked is not', async () => {
    const { link: first } = await links.mint({ target: 'jupyter:b' });
    await links.setAutoRefresh(first, true);
    api.refusal = new PresignError('offline', 'Away.');
    await jest.advanceTimersByTimeAsync(300_000);
    const tried = api.refreshed.length;
    expect(tried).toBeGreaterThan(3);
    api.refusal = new PresignError('link-revoked', 'Revoked.');
    await jest.advanceTimersByTimeAsync(300_000);
    expect(api.refreshed.length).toBe(tried + 1);
    expect(links.isAutoRefreshed(first)).toBe(false);
  });
});

test('a link without a URL at hand gets a successor for it', async () => {
  api.kept = [link('lnk_a')];
  await links.load();
  const [known] = links.items;
  expect(known && (await links.url(known))).toBe("http://b/redeem#lnk_a'");
});
