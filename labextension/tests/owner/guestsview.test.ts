/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import type { Guests } from '../../src/owner/guests';
import type { IGuestSession } from '../../src/owner/guestsession';
import { GuestsView } from '../../src/owner/guestsview';

/** Guests who go when they are told to. */
class FakeGuests {
  readonly changed = new Signal<this, void>(this);
  sessions: IGuestSession[] = ['one', 'two'].map(id => ({
    id,
    scope: 'read',
    target: 'jupyter:gpu',
    path: '',
    address: '',
    note: '',
    expiresAt: new Date()
  }));

  now(): Date {
    return new Date();
  }

  endAll(): Promise<void> {
    this.sessions = [];
    this.changed.emit();
    return Promise.resolve();
  }
}

function make(): HTMLElement | undefined {
  const guests = new FakeGuests() as unknown as Guests;
  const view = new GuestsView(guests, nullTranslator.load('nb_presign'));
  document.body.replaceChildren(view.node);
  return [...view.node.querySelectorAll('button')].at(-1);
}

test('with the button that ended all the focus goes to what is said of it', async () => {
  const endAll = make();
  endAll?.focus();
  endAll?.click();
  expect(document.activeElement).toBe(endAll);
  endAll?.click();
  expect(endAll?.parentElement?.hidden).toBe(true);
  expect(document.activeElement?.getAttribute('role')).toBe('status');
  await Promise.resolve();
  expect(document.activeElement?.textContent).toBe('All sessions are ended.');
});

test('what was done is said for a while', async () => {
  jest.useFakeTimers();
  try {
    const endAll = make();
    endAll?.click();
    endAll?.click();
    await Promise.resolve();
    const said = document.querySelector('[role=status]');
    expect(said?.textContent).toBe('All sessions are ended.');
    jest.advanceTimersByTime(11_000);
    expect(said?.textContent).toBe('');
  } finally {
    jest.useRealTimers();
  }
});
