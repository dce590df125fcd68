/** References: the text form of a target, free of secrets; the rules are nb_presign/reference.py's. */

export const SCHEME = 'presign:';

/** Holds every target, however much of it is percent-encoded. */
const MAX_LENGTH = 8192;

export interface IReference {
  /** Such as `jupyter`; empty where the server finds it out. */
  readonly provider: string;
  /** The provider's own name for the place. */
  readonly id: string;
  /** Path inside, decoded, as in the place's own URLs; may be empty. */
  readonly path: string;
  /** Region, profile and the provider's own options, sorted by name. */
  readonly options: readonly (readonly [name: string, value: string])[];
}

/** Read a reference, with or without the scheme; null if it is none. */
export function parseReference(text: string): IReference | null {
  const whole = text.trim().replace(/^presign:/, '');
  const [head, query] = split(whole, '?');
  if (whole === '' || text.length > MAX_LENGTH || whole.includes('#') || head.includes('://')) {
    return null;
  }
  const [, provider = '', rest = head] = /^([a-z][a-z0-9-]{0,30}):(.*)$/s.exec(head) ?? [];
  const [name, path] = split(rest, '/');
  try {
    const id = segment(name);
    const segments = path === '' ? [] : path.replace(/\/$/, '').split('/').map(segment);
    const options = readOptions(query);
    return provider === 'presign' || id === '' || segments.some(isNoName)
      ? null
      : { provider, id, path: segments.join('/'), options };
  } catch (error) {
    if (error instanceof URIError) {
      return null;
    }
    throw error;
  }
}

/** Write a reference, so that it is read again as it was; it holds only characters of URIs. */
export function formatReference({ provider, id, path, options }: IReference): string {
  const place = provider === '' ? '' : `${provider}:`;
  const below = path === '' ? '' : `/${path.split('/').map(encodeSegment).join('/')}`;
  const query = options.map(([name, value]) => `${name}=${encodeOption(value)}`).join('&');
  return place + encodeSegment(id) + below + (query === '' ? '' : `?${query}`);
}

/** Go on below what a reference opens: a hub's server and a Studio space have a path of their own. */
export function below(reference: IReference, path: string): IReference {
  const further = path.replace(/^\/+|\/+$/g, '');
  return { ...reference, path: [reference.path, further].filter(Boolean).join('/') };
}

/** Write a Markdown link. A click on it mints; what is saved holds no secret. */
export function toMarkdown(reference: string, label: string): string {
  return `[${label.replace(/[\\`*_[\]<>]/g, '\\$&')}](${SCHEME}${reference})`;
}

/** The last name in what a reference opens: of a file, or else of the place. */
export function nameOf({ id, path }: IReference): string {
  return path === '' ? id : path.replace(/^.*\//s, '');
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function segment(text: string): string {
  const decoded = decodeURIComponent(text);
  if (decoded.includes('/')) {
    throw new URIError('An encoded slash is not allowed in a reference.');
  }
  return decoded;
}

function isNoName(text: string): boolean {
  return text === '' || text === '.' || text === '..';
}

function readOptions(query: string): [string, string][] {
  const items = query === '' ? [] : query.split('&');
  return items
    .map((item): [string, string] => {
      const [name, value] = split(item, '=');
      if (value === '') {
        throw new URIError('An option is written name=value.');
      }
      return [decodeURIComponent(name), decodeURIComponent(value)];
    })
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** As RFC 3986 says for segments, less the marks that end a link in Markdown or quote in HTML. */
function encodeSegment(text: string): string {
  return encode(text).replace(/%(?:24|2B|2C|3A|3B|3D|40)/g, decodeURIComponent);
}

function encodeOption(text: string): string {
  return encode(text).replace(/%(?:24|2C|2F|3A|3B|40)/g, decodeURIComponent);
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /['()]/g,
    mark => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`
  );
}
