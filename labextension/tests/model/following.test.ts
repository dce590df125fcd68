/** @jest-environment jsdom */
import type { Event as JupyterEvent } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { Following } from '../../src/model/following';
import type { Links } from '../../src/model/links';
import type { Guests } from '../../src/owner/guests';

const LINK = 'https://nb-presign.readthedocs.io/events/link/v1';

interface IPage {
  tell: (schema: string) => void;
  asked: string[];
  links: { isWatched: boolean };
}

/** A page that follows a server's events, and what it asks for then. */
function page(): IPage {
  const asked: string[] = [];
  const stream = new Signal<object, JupyterEvent.Emission>({});
  const links = {
    isWatched: true,
    load: () => {
      asked.push('links');
    }
  };
  const guests = {
    hear: () => {
      asked.push('guests');
    }
  };
  new Following(
    { stream } as unknown as JupyterEvent.IManager,
    links as unknown as Links,
    guests as unknown as Guests
  );
  const tell = (schema_id: string): void => {
    stream.emit({ schema_id });
  };
  return { tell, asked, links };
}

let hidden = false;

beforeEach(() => {
  jest.useFakeTimers();
  hidden = false;
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
});

afterEach(() => {
  jest.useRealTimers();
});

test('many events at once are one question', () => {
  const { tell, asked } = page();
  tell(LINK);
  tell(LINK);
  jest.runAllTimers();
  expect(asked).toEqual(['guests', 'links']);
});

test('events of others are none of ours', () => {
  const { tell, asked } = page();
  tell('https://events.jupyter.org/contents_service/v1');
  jest.runAllTimers();
  expect(asked).toEqual([]);
});

test('nobody asks for links while nobody looks at them', () => {
  const { tell, asked, links } = page();
  links.isWatched = false;
  tell(LINK);
  jest.runAllTimers();
  expect(asked).toEqual(['guests']);
});

test('a hidden page asks when it is seen again, once', () => {
  const { tell, asked } = page();
  hidden = true;
  tell(LINK);
  jest.runAllTimers();
  expect(asked).toEqual([]);
  hidden = false;
  document.dispatchEvent(new Event('visibilitychange'));
  document.dispatchEvent(new Event('visibilitychange'));
  expect(asked).toEqual(['guests', 'links']);
});
