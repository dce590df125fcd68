import { Token } from '@lumino/coreutils';
import type { PresignApi } from './api/presignapi';
import type { Workplace } from './links/workplace';
import type { Links } from './model/links';
import type { Opener } from './model/opener';
import type { Providers } from './model/providers';
import type { Targets } from './model/targets';
import type { Guests } from './owner/guests';

/** What the front end knows of links, for its owner. */
export interface IPresign {
  readonly api: PresignApi;
  readonly providers: Providers;
  readonly targets: Targets;
  readonly links: Links;
  readonly guests: Guests;
  readonly opener: Opener;
}

export const IPresign = new Token<IPresign | null>(
  'nb_presign:IPresign',
  "Presigned links, their targets and this server's guests; null on a guest's page."
);

/** Adds commands about documents. */
export type IWorkplace = Workplace;

export const IWorkplace = new Token<IWorkplace | null>(
  'nb_presign:IWorkplace',
  "Commands about documents, and what these are called elsewhere; null on a guest's page."
);
