import {
  below,
  formatReference,
  type IReference,
  nameOf,
  parseReference,
  toMarkdown
} from '../../src/reference/reference';
import VECTORS from './vectors.json';

/** The rules by example, for tests/test_reference.py as well: both sides keep the same ones. */
const WRITTEN = VECTORS.written.map(({ text, ...reference }): [string, IReference] => [
  text,
  reference as unknown as IReference
]);

test.each(WRITTEN)('%s is read and written as by the server', (text, reference) => {
  expect(parseReference(text)).toEqual(reference);
  expect(parseReference(`presign:${text}`)).toEqual(reference);
  expect(formatReference(reference)).toBe(text);
});

test('options are sorted by name, and a slash at the end is none', () => {
  const read = parseReference('studio:d-1/ada/?region=x&profile=y');
  expect(read?.path).toBe('ada');
  expect(read?.options.map(([name]) => name)).toEqual(['profile', 'region']);
});

test.each([...VECTORS.refused, `jupyter:${'a'.repeat(VECTORS.maxLength)}`])(
  '%j is no reference',
  text => {
    expect(parseReference(text)).toBeNull();
  }
);

test.each([
  ['sagemaker:a?region=x', '/lab/tree/b c.ipynb', 'sagemaker:a/lab/tree/b%20c.ipynb?region=x'],
  ['hub:ada/gpu', 'lab/tree/a.ipynb', 'hub:ada/gpu/lab/tree/a.ipynb'],
  ['hub:ada', '', 'hub:ada']
])('below %s, %j is %s', (place, path, expected) => {
  const read = parseReference(place);
  expect(read && formatReference(below(read, path))).toBe(expected);
});

test.each(VECTORS.markdown)('a label cannot end its Markdown link: $label', one => {
  expect(toMarkdown(one.reference, one.label)).toBe(one.written);
});

test('the name is that of the file, or else of the place', () => {
  expect(WRITTEN.map(([, reference]) => nameOf(reference))).toEqual([
    'train.ipynb',
    "a b (1)'s.ipynb",
    'ü [x]*_`#?%&!$+,;=:@-._~.ipynb',
    'ada@x.org',
    'lab'
  ]);
});
