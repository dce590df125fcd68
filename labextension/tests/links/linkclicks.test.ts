/** @jest-environment jsdom */
import { type ILinkClick, LinkClicks } from '../../src/links/linkclicks';

let clicks: LinkClicks;
let opened: ILinkClick[];

beforeEach(() => {
  document.body.innerHTML =
    '<a id="ours" href="presign:jupyter:gpu"><b id="inner">x</b></a><a id="other" href="#y">y</a>';
  clicks = new LinkClicks(reference => `to ${reference}`);
  opened = [];
  clicks.opened.connect((_, click) => opened.push(click));
});

afterEach(() => {
  clicks.dispose();
});

/** Let something happen, as scripts can; false if the browser shall do nothing about it. */
function happen(id: string, event: Event): boolean {
  return document.getElementById(id)?.dispatchEvent(event) ?? false;
}

const options = { bubbles: true, cancelable: true };

test.each([
  new MouseEvent('click', options),
  new MouseEvent('auxclick', { ...options, button: 1 }),
  new KeyboardEvent('keydown', { ...options, key: 'Enter' })
])('the browser is kept from following our links, and no script opens them', event => {
  expect(happen('inner', event)).toBe(false);
  expect(opened).toEqual([]);
});

test.each([
  ['other', new MouseEvent('click', options)],
  ['ours', new MouseEvent('auxclick', { ...options, button: 2 })],
  ['ours', new KeyboardEvent('keydown', { ...options, key: 'a' })],
  ['ours', new KeyboardEvent('keydown', { ...options, key: 'Enter', shiftKey: true })]
])('what is not for us is left alone', (id, event) => {
  expect(happen(id, event)).toBe(true);
});

test('the tooltip says where a link leads, whatever its author wrote', () => {
  const ours = document.getElementById('ours');
  ours?.setAttribute('title', 'to somewhere nice');
  happen('inner', new MouseEvent('mouseover', options));
  expect(ours?.title).toBe('to jupyter:gpu');
});

test('nothing is heard after the end', () => {
  clicks.dispose();
  expect(happen('ours', new KeyboardEvent('keydown', { ...options, key: 'Enter' }))).toBe(true);
});
