/** What the server tells over REST, and what it is asked; see nb_presign/wire. */

import type { Scope } from '../scope';

export interface IServer {
  readonly name: string;
  readonly id: string;
  readonly version: string;
  /** Whether it serves links of its own, and in words why it does not. */
  readonly isSelfHosted: boolean;
  readonly reason: string;
  /** Reference of this place without a path, such as `jupyter:gpu`. */
  readonly here: string;
}

export interface IProvider {
  readonly name: string;
  readonly title: string;
  readonly isUsable: boolean;
  /** Why it is not usable, in words, and the command that mends it. */
  readonly reason: string;
  readonly mend: string;
  /** Whether anything here asks for it: one that nobody has set up is no trouble. */
  readonly isConfigured: boolean;
}

/** Whether a target can be opened now; see nb_presign/model/listing.py. */
export type TargetState =
  'ready' | 'starting' | 'stopped' | 'failed' | 'down' | 'not-installed' | 'unknown';

export interface ITarget {
  readonly reference: string;
  readonly provider: string;
  readonly title: string;
  readonly state: TargetState;
  /** More, in words: where it runs, what it has open. */
  readonly detail: string;
  /** What makes it usable, if it is not. */
  readonly mend: string;
  /** Of what machine it is, such as `ml.t3.medium`; empty if nobody knows. */
  readonly instanceType: string;
  readonly isStartable: boolean;
}

/** Which targets to list; what is left out is as configured. */
export interface ITargetQuery {
  readonly provider?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly cursor?: string;
}

export interface ITargetPage {
  readonly items: readonly ITarget[];
  /** Where the next page begins; empty at the end of the list. */
  readonly cursor: string;
  /** What could not be listed, as sentences. */
  readonly problems: readonly string[];
}

/** One folder or notebook in a folder on a target. */
export interface IFolderItem {
  readonly name: string;
  /** Below the target's own root. */
  readonly path: string;
  readonly isFolder: boolean;
  /** What opens it. */
  readonly reference: string;
}

/** The folders and notebooks in one folder, as they are to be shown. */
export interface IFolder {
  readonly items: readonly IFolderItem[];
  /** What is left out, as sentences. */
  readonly problems: readonly string[];
}

export type LinkState = 'live' | 'expired' | 'used' | 'revoked';

/** A link without its URL, which is a secret: nothing that is kept has one. */
export interface ILink {
  readonly id: string;
  readonly target: string;
  readonly provider: string;
  readonly state: LinkState;
  readonly scope: Scope;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** When the first of its clocks runs out: its own, or that of the credentials that signed it. */
  readonly goodUntil: Date;
  /** When at the latest a successor is wanted; null where nobody asks for one before the end. */
  readonly renewBy: Date | null;
  /** Length of the session that it starts; 0 where the upstream does not say. */
  readonly sessionSeconds: number;
  /** How often it can be redeemed; null: as often as one likes. */
  readonly maxUses: number | null;
  readonly uses: number;
  readonly allowedIps: readonly string[];
  /** The one path that it is narrowed to; empty if it is for the whole place. */
  readonly path: string;
  readonly note: string;
  readonly mintedBy: string;
  /** Id of the first link of the chain that this one continues. */
  readonly family: string;
  /** Id of the server that redeems it; empty where the upstream's own service does. */
  readonly audience: string;
  /** Minted by the owner's own click, and used at once. */
  readonly isInteractive: boolean;
}

/** What minting and refreshing answer: the only time that a URL is told. */
export interface IMinted {
  readonly link: ILink;
  readonly url: string;
}

/** What is asked for when a link is minted; what is left out is the provider's default. */
export interface IMintRequest {
  readonly target: string;
  readonly path?: string;
  readonly expiresIn?: number;
  readonly sessionSeconds?: number;
  readonly scope?: Scope;
  readonly maxUses?: number;
  readonly allowedIps?: readonly string[];
  /** Directory or file, below the server's root, that the session is limited to. */
  readonly within?: string;
  readonly note?: string;
  readonly isInteractive?: boolean;
}
