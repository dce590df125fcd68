import type { ILink, IMinted, IMintRequest } from '../../src/api/values';
import { Opener } from '../../src/model/opener';

const MINTED: IMinted = { link: { id: 'lnk_1' } as ILink, url: 'https://gpu.example/#secret' };

function opener(isOpened: boolean): {
  opener: Opener;
  asked: IMintRequest[];
  urls: string[];
  told: ILink[];
} {
  const asked: IMintRequest[] = [];
  const urls: string[] = [];
  const told: ILink[] = [];
  const links = {
    mint: (request: IMintRequest): Promise<IMinted> => {
      asked.push(request);
      return Promise.resolve(MINTED);
    }
  };
  const made = new Opener(links, url => {
    urls.push(url);
    return isOpened;
  });
  made.opened.connect((_, link) => {
    told.push(link);
  });
  return { opener: made, asked, urls, told };
}

test('a link is minted for the click, and opened', async () => {
  const { opener: one, asked, urls, told } = opener(true);
  expect(await one.open('jupyter:gpu')).toBeNull();
  expect(asked).toEqual([{ target: 'jupyter:gpu', isInteractive: true }]);
  expect(urls).toEqual([MINTED.url]);
  expect(told).toEqual([MINTED.link]);
});

test('what the browser would not open is handed back', async () => {
  expect(await opener(false).opener.open('jupyter:gpu')).toBe(MINTED.url);
});

test('a refusal is the caller’s, who knows where to say it', async () => {
  const refusing = new Opener({ mint: () => Promise.reject(new Error('no')) }, () => true);
  await expect(refusing.open('jupyter:gpu')).rejects.toThrow('no');
});
