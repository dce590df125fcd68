import type { IServer, ITarget } from '../api/values';
import { below, formatReference, nameOf, parseReference } from '../reference/reference';

/** Something that a link may lead to. */
export interface IChoice {
  /** Reference that stays good: of a place, or of a document on it. */
  readonly reference: string;
  readonly provider: string;
  readonly title: string;
  readonly detail: string;
  /** Whether it is a place whose documents are yet to be chosen. */
  readonly isPlace: boolean;
}

/** Providers whose places show files by JupyterLab's paths. */
const WITH_FILES: readonly string[] = ['jupyter', 'hub', 'sagemaker', 'studio'];
/** Where JupyterLab shows a file. */
const PAGE = 'lab/tree';

/**
 * Say what there is to choose; null for what no saved link can lead to.
 *
 * An open notebook's own id ends with its kernel, so that a link names server and file instead.
 */
export function choiceOf(target: ITarget, server: IServer): IChoice | null {
  const { provider, title, detail } = target;
  if (provider !== 'session') {
    const isPlace = WITH_FILES.includes(provider);
    return { reference: target.reference, provider, title, detail, isPlace };
  }
  const session = parseReference(target.reference);
  const [, name = server.name] = session?.id.split('@') ?? [];
  const place = parseReference(
    name === server.name ? server.here : `jupyter:${encodeURIComponent(name)}`
  );
  if (session === null || place === null || session.path === '') {
    return null;
  }
  const reference = formatReference(below(place, session.path));
  return { reference, provider, title, detail, isPlace: false };
}

/** Say the reference of a document on a place; of the place, if no path is given. */
export function referenceOn(choice: IChoice, path: string): string {
  const place = parseReference(choice.reference);
  const clean = path.trim().replace(/^\/+|\/+$/g, '');
  if (place === null || !choice.isPlace || clean === '') {
    return choice.reference;
  }
  const page = /^(?:lab|tree|notebooks|doc|edit)\//.test(clean) ? clean : `${PAGE}/${clean}`;
  return formatReference(below(place, page));
}

/**
 * What a link to a choice, or to what is on it, is called if nobody says.
 *
 * What an upstream calls a place says more than its id, which may be a long number.
 */
export function labelOf(reference: string, choice: IChoice): string {
  if (choice.provider !== 'session' && choice.reference === reference) {
    return choice.title;
  }
  const read = parseReference(reference);
  return read === null ? reference : nameOf(read);
}

/** Keep the choices in which all words occur. */
export function matching(choices: readonly IChoice[], words: string): IChoice[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return choices.filter(({ reference, title, detail }) => {
    const text = `${title} ${detail} ${reference}`.toLowerCase();
    return wanted.every(word => text.includes(word));
  });
}
