import {
  below,
  formatReference,
  type IReference,
  nameOf,
  parseReference,
  toMarkdown
} from '../../src/reference/reference';

/** What nb_presign/reference.py writes for the same targets. */
const WRITTEN: [string, IReference][] = [
  [
    'jupyter:gpu/lab/tree/train.ipynb',
    { provider: 'jupyter', id: 'gpu', path: 'lab/tree/train.ipynb', options: [] }
  ],
  [
    'sagemaker:my-instance/lab/tree/a%20b%20%281%29%27s.ipynb?profile=me%2Byou%3Dus/x&region=us-west-2',
    {
      provider: 'sagemaker',
      id: 'my-instance',
      path: "lab/tree/a b (1)'s.ipynb",
      options: [
        ['profile', 'me+you=us/x'],
        ['region', 'us-west-2']
      ]
    }
  ],
  [
    'jupyter:gpu/lab/tree/%C3%BC%20%5Bx%5D*_%60%23%3F%25%26!$+,;=:@-._~.ipynb',
    {
      provider: 'jupyter',
      id: 'gpu',
      path: 'lab/tree/ü [x]*_`#?%&!$+,;=:@-._~.ipynb',
      options: []
    }
  ],
  ['hub:ada@x.org', { provider: 'hub', id: 'ada@x.org', path: '', options: [] }],
  ['gpu/lab', { provider: '', id: 'gpu', path: 'lab', options: [] }]
];

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

test.each([
  '',
  'presign:',
  'https://example.org/lab',
  'jupyter:gpu/lab#top',
  'jupyter:gpu/../etc',
  'jupyter:gpu//lab',
  'jupyter:gpu/a%2Fb',
  'jupyter:gpu/%zz',
  'jupyter:gpu/%FF',
  'jupyter:gpu?region',
  'presign:presign:gpu',
  'jupyter:/lab',
  `jupyter:${'a'.repeat(8192)}`
])('%j is no reference', text => {
  expect(parseReference(text)).toBeNull();
});

test.each([
  ['sagemaker:a?region=x', '/lab/tree/b c.ipynb', 'sagemaker:a/lab/tree/b%20c.ipynb?region=x'],
  ['hub:ada/gpu', 'lab/tree/a.ipynb', 'hub:ada/gpu/lab/tree/a.ipynb'],
  ['hub:ada', '', 'hub:ada']
])('below %s, %j is %s', (place, path, expected) => {
  const read = parseReference(place);
  expect(read && formatReference(below(read, path))).toBe(expected);
});

test('a label cannot end its Markdown link', () => {
  expect(toMarkdown('jupyter:gpu', 'a](http://evil) *b*')).toBe(
    '[a\\](http://evil) \\*b\\*](presign:jupyter:gpu)'
  );
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
