/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import { PresignError } from '../../src/api/presignerror';
import type { IMintRequest } from '../../src/api/values';
import { Links } from '../../src/model/links';
import { CreateForm } from '../../src/panel/createform';
import type { IPresign } from '../../src/tokens';
import { FakeLinksApi } from '../model/links';

class NotingApi extends FakeLinksApi {
  readonly asked: IMintRequest[] = [];

  override mint(request: IMintRequest): ReturnType<FakeLinksApi['mint']> {
    this.asked.push(request);
    return this.refusal === null ? super.mint(request) : Promise.reject(this.refusal);
  }
}

let api: NotingApi;
let links: Links;
let form: CreateForm;

beforeEach(() => {
  api = new NotingApi();
  links = new Links(api);
  const presign = { links, targets: { groups: [] } } as unknown as IPresign;
  form = new CreateForm(presign, nullTranslator.load('nb_presign'));
  document.body.replaceChildren(form.node);
});

afterEach(() => {
  links.dispose();
});

function control(label: string): HTMLInputElement | HTMLSelectElement {
  const found = [...form.node.querySelectorAll('label')].find(
    node => node.querySelector('span')?.textContent === label
  );
  const [, control] = found?.children ?? [];
  if (control instanceof HTMLInputElement || control instanceof HTMLSelectElement) {
    return control;
  }
  throw new Error(label);
}

function choose(label: string, value: string): void {
  const chosen = control(label);
  chosen.value = value;
  chosen.dispatchEvent(new Event('change'));
  chosen.dispatchEvent(new Event('input'));
}

function press(label: string): void {
  const found = [...form.node.querySelectorAll('button')].find(
    ({ textContent }) => textContent === label
  );
  if (found === undefined) {
    throw new Error(label);
  }
  found.click();
}

async function make(): Promise<void> {
  press('Make link');
  await new Promise(resolve => setTimeout(resolve, 0));
}

function warning(): string | null {
  const node = form.node.querySelector<HTMLElement>('.jp-PresignWarning');
  return node === null || node.hidden ? null : node.textContent;
}

test('nothing said is the least for the shortest', async () => {
  form.open('jupyter:b');
  expect(document.activeElement).toBe(control('To'));
  await make();
  expect(api.asked).toEqual([
    {
      target: 'jupyter:b',
      scope: 'read',
      expiresIn: 300,
      sessionSeconds: 43_200,
      note: '',
      within: '',
      allowedIps: []
    }
  ]);
});

test('what is said is asked for', async () => {
  form.open('presign:jupyter:b');
  choose('They may', 'full');
  choose('URL works for', '60');
  choose('Session lasts', '1800');
  choose('Note', ' for Ada ');
  choose('Only below this folder or file', '/pub');
  choose('Uses at most', '2');
  choose('From addresses', '10.0.0.1, 10.1.0.0/16');
  await make();
  expect(api.asked).toEqual([
    {
      target: 'jupyter:b',
      scope: 'full',
      expiresIn: 60,
      sessionSeconds: 1800,
      note: 'for Ada',
      within: 'pub',
      maxUses: 2,
      allowedIps: ['10.0.0.1', '10.1.0.0/16']
    }
  ]);
});

test('who gives more than reading is warned in words', () => {
  form.open('jupyter:b');
  expect(warning()).toBeNull();
  choose('They may', 'execute');
  expect(warning()).toContain('run code as you');
  choose('They may', 'full');
  expect(warning()).toContain('can do what you can');
  choose('They may', 'read');
  expect(warning()).toBeNull();
});

test('a cloud service is asked for what it knows only', async () => {
  form.open('sagemaker:gpu');
  await make();
  expect(api.asked).toEqual([{ target: 'sagemaker:gpu', sessionSeconds: 43_200, note: '' }]);
});

test('a link by way of a Hub lives as long as is asked for, and says whom it lets in', async () => {
  form.open('hub:alice');
  expect(control('They may').closest<HTMLElement>('.jp-PresignFields-own')?.hidden).toBe(true);
  choose('URL works for', '3600');
  expect(form.node.textContent).toContain('Whoever has an account on the Hub');
  await make();
  expect(api.asked).toEqual([
    { target: 'hub:alice', expiresIn: 3600, sessionSeconds: 43_200, note: '' }
  ]);
});

test('the URL is shown on demand, and forgotten', async () => {
  form.open('jupyter:b');
  await make();
  expect(document.body.innerHTML).not.toContain('redeem#');
  press('Show');
  const shown = form.node.querySelector<HTMLInputElement>('.jp-PresignUrlBox-url');
  expect(shown?.value).toBe('http://b/redeem#lnk_0');
  press('Done');
  expect(form.node.hidden).toBe(true);
  expect(form.node.querySelector('.jp-PresignUrlBox-url')).toBeNull();
});

test('Escape closes it, and the focus is where it was', () => {
  const before = document.createElement('button');
  document.body.append(before);
  before.focus();
  form.open('jupyter:b');
  const escape = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true });
  document.activeElement?.dispatchEvent(escape);
  expect([form.node.hidden, document.activeElement]).toEqual([true, before]);
});

test('a refusal stands in the form, with what mends it, and what was written stays', async () => {
  api.refusal = new PresignError('target-not-found', 'No such server.', "See 'presign targets'.");
  form.open('jupyter:nowhere');
  await make();
  expect(form.node.querySelector('[role=status] .jp-PresignTrouble')?.textContent).toContain(
    'No such server.'
  );
  expect(form.node.textContent).toContain('jupyter presign targets');
  expect([form.node.hidden, control('To').value]).toEqual([false, 'jupyter:nowhere']);
});
