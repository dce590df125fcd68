/** @jest-environment jsdom */
import { FakeIntersectionObserver } from '../browser';
import { LongList } from '../../src/panel/longlist';

interface IMade {
  list: LongList<string>;
  asked: () => number;
}

function make(afterLast?: HTMLElement): IMade {
  let asked = 0;
  const list = new LongList<string>({
    label: 'Letters',
    moreLabel: 'More',
    keyOf: item => item.charAt(0),
    make: item => {
      const node = document.createElement('li');
      node.innerHTML = '<button data-act="a"></button><button data-act="b"></button>';
      node.dataset.item = item;
      return {
        node,
        update: now => {
          node.dataset.item = now;
        }
      };
    },
    more: () => {
      asked += 1;
    },
    ...(afterLast && { afterLast })
  });
  document.body.replaceChildren(list.node, afterLast ?? '');
  return { list, asked: () => asked };
}

function shown(): (string | undefined)[] {
  return [...document.querySelectorAll('li')].map(({ dataset }) => dataset.item);
}

function buttons(): HTMLButtonElement[] {
  return [...document.querySelectorAll<HTMLButtonElement>('li button')];
}

function press(key: string): boolean {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
  document.activeElement?.dispatchEvent(event);
  return event.defaultPrevented;
}

test('rows stay where they are, and so does the focus', () => {
  const { list } = make();
  list.show(['a1', 'b1', 'c1']);
  const [, b] = document.querySelectorAll('li');
  b?.querySelector('button')?.focus();
  list.show(['x1', 'a2', 'b2']);
  expect(shown()).toEqual(['x1', 'a2', 'b2']);
  expect(document.querySelectorAll('li')[2]).toBe(b);
  expect(document.activeElement?.parentElement).toBe(b);
});

test('the focus goes on where its row is gone', () => {
  const { list } = make();
  list.show(['a', 'b']);
  buttons()[2]?.focus();
  list.show(['a']);
  expect(document.activeElement).toBe(buttons()[0]);
});

test('the focus goes where it is told with the last row', () => {
  const after = document.createElement('div');
  after.tabIndex = -1;
  const { list } = make(after);
  list.show(['a']);
  buttons()[0]?.focus();
  list.show([]);
  expect(document.activeElement).toBe(after);
});

test('keys in a text stay there', () => {
  const { list } = make();
  list.show(['a', 'b']);
  const text = document.createElement('input');
  text.type = 'text';
  buttons()[0]?.after(text);
  text.focus();
  expect(press('Home')).toBe(false);
  expect(document.activeElement).toBe(text);
});

test('a long list is made as it is scrolled', () => {
  const { list, asked } = make();
  const many = Array.from({ length: 120 }, (_, at) => String.fromCharCode(0x4e00 + at));
  list.show(many, { hasMore: true });
  expect(shown()).toHaveLength(50);
  FakeIntersectionObserver.made.at(-1)?.come();
  FakeIntersectionObserver.made.at(-1)?.come();
  expect(shown()).toEqual(many);
  expect(asked()).toBe(0);
  FakeIntersectionObserver.made.at(-1)?.come();
  expect(asked()).toBe(1);
});

test('there is no more to show than there is', () => {
  const { list } = make();
  list.show(['a']);
  expect(document.querySelector<HTMLElement>('.jp-PresignList-more')?.hidden).toBe(true);
  list.show(['a'], { hasMore: true });
  expect(document.querySelector<HTMLElement>('.jp-PresignList-more')?.hidden).toBe(false);
});

test('one row is in the order of tabs, and arrows lead to the others', () => {
  const { list } = make();
  list.show(['a', 'b', 'c']);
  expect(buttons().map(({ tabIndex }) => tabIndex)).toEqual([0, 0, -1, -1, -1, -1]);
  buttons()[1]?.focus();
  expect(press('ArrowDown')).toBe(true);
  expect(document.activeElement).toBe(buttons()[3]);
  expect(buttons().map(({ tabIndex }) => tabIndex)).toEqual([-1, -1, 0, 0, -1, -1]);
  press('End');
  expect(document.activeElement).toBe(buttons()[5]);
  press('ArrowLeft');
  expect(document.activeElement).toBe(buttons()[4]);
  press('Home');
  expect(document.activeElement).toBe(buttons()[0]);
  press('ArrowUp');
  expect(document.activeElement).toBe(buttons()[0]);
  expect(press('x')).toBe(false);
});
