/** @jest-environment jsdom */
import { nullTranslator } from '@jupyterlab/translation';
import type { IProvider } from '../../src/api/values';
import { OtherPlaces } from '../../src/panel/otherplaces';

function provider(title: string, reason: string): IProvider {
  return { name: title, title, isUsable: false, isConfigured: false, reason, mend: 'Do it.' };
}

test('what is missing for the same reason is told of together', () => {
  const others = new OtherPlaces(nullTranslator.load('nb_presign'));
  others.show([
    provider('Studio', 'No AWS.'),
    provider('Athena', 'No AWS.'),
    provider('Hub', 'No Hub.')
  ]);
  expect(others.node.hidden).toBe(false);
  expect(
    [...others.node.querySelectorAll('.jp-PresignEmpty')].map(({ textContent }) => textContent)
  ).toEqual(['Studio, Athena', 'Hub']);
  expect(others.node.querySelectorAll('.jp-PresignTrouble')).toHaveLength(2);
  others.show([]);
  expect(others.node.hidden).toBe(true);
});
