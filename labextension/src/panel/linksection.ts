import type { TranslationBundle } from '@jupyterlab/translation';
import type { ILink } from '../api/values';
import { element } from '../element';
import type { Heartbeat } from '../model/heartbeat';
import { openTab } from '../model/opentab';
import { nameOf } from '../owner/guestsession';
import type { IPresign } from '../tokens';
import { copyText } from './clipboard';
import { type ILinkActs, LinkRow } from './linkrow';
import { LongList } from './longlist';
import { Section } from './section';
import { trouble } from './trouble';
import { UrlBox } from './urlbox';

/** The links that were minted here, with what is left of their time. */
export class LinkSection extends Section {
  constructor(presign: IPresign, heartbeat: Heartbeat, trans: TranslationBundle) {
    super(trans.__('Links'), trans);
    this.addClass('jp-PresignLinks');
    this._presign = presign;
    this._urlBox = new UrlBox(trans, () => {
      const row = this._urlBox.node.closest('li');
      (row?.querySelector<HTMLElement>('[data-act=refresh]') ?? this.notice.node).focus();
    });
    const { links } = presign;
    const acts = this._acts();
    this._list = new LongList<ILink, LinkRow>({
      label: trans.__('Links'),
      moreLabel: trans.__('Show more'),
      afterLast: this.notice.node,
      keyOf: ({ family }) => family,
      make: link =>
        new LinkRow(link, {
          acts,
          trans,
          now: () => links.now(),
          usesBefore: shown => links.usesBefore(shown),
          isAutoRefreshed: shown => links.isAutoRefreshed(shown)
        })
    });
    this.body.append(this._told, this._list.node);
    links.changed.connect(this._show, this);
    heartbeat.beat.connect(this._tick, this);
    this._show();
  }

  filter(text: string): void {
    this._filter = text.toLowerCase();
    this._show();
  }

  override dispose(): void {
    this._list.dispose();
    super.dispose();
  }

  private _show(): void {
    const { links } = this._presign;
    const { items } = links;
    const found = this._filter === '' ? items : items.filter(link => matches(link, this._filter));
    this._list.show(found);
    this._keepUrl();
    const live = items.filter(({ state }) => state === 'live').length;
    this.setCount(this.trans.__('Links'), live === 0 ? '' : live.toString());
    this._told.replaceChildren(...this._tell(items.length, found.length));
  }

  /** What is shown once is not lost with the row it was in. */
  private _keepUrl(): void {
    const { node } = this._urlBox;
    if (!node.hidden && !this.body.contains(node)) {
      this.body.append(node);
    }
  }

  private _tick(): void {
    const now = this._presign.links.now();
    for (const row of this._list.rows) {
      row.tick(now);
    }
  }

  private _tell(all: number, found: number): HTMLElement[] {
    const { error, isLoaded } = this._presign.links;
    const says = (text: string): HTMLElement[] => [element('p', 'jp-PresignEmpty', text)];
    if (error !== null) {
      return [trouble({ message: error.message, hint: error.hint }, this.trans)];
    }
    if (!isLoaded && all === 0) {
      return says(this.trans.__('Looking…'));
    }
    if (all === 0) {
      return says(
        this.trans.__(
          'No links. One opens a notebook for somebody for a while, and can be revoked: press + above, or the chain beside a target.'
        )
      );
    }
    return found === 0 ? says(this.trans.__('No match.')) : [];
  }

  private _acts(): ILinkActs {
    const { links } = this._presign;
    const trans = this.trans;
    return {
      open: link => void this.notice.tell(this._open(link), trans.__('Opened.')),
      copy: link =>
        void this.notice.tell(this._copy(link), trans.__('Copied a URL of %1.', nameOf(link))),
      refresh: link => void this.notice.tell(this._refresh(link), ''),
      revoke: link => {
        this._urlBox.clear();
        void this.notice.tell(links.revoke(link), trans.__('Revoked %1.', nameOf(link)));
      },
      setAutoRefresh: (link, wanted) =>
        void this.notice.tell(
          links.setAutoRefresh(link, wanted),
          wanted
            ? trans.__('%1 is refreshed by itself while this page is open.', nameOf(link))
            : trans.__('%1 is not refreshed by itself.', nameOf(link))
        )
    };
  }

  private async _open(link: ILink): Promise<void> {
    openTab(await this._presign.links.url(link));
  }

  /** The URL is told in the row for which it was asked; below all, if that is gone. */
  private async _refresh(link: ILink): Promise<void> {
    const minted = await this._presign.links.refresh(link);
    (this._list.row(link.family)?.node ?? this.body).append(this._urlBox.node);
    this._urlBox.show(minted);
  }

  private async _copy(link: ILink): Promise<void> {
    await copyText(await this._presign.links.url(link));
  }

  private readonly _presign: IPresign;
  private readonly _list: LongList<ILink, LinkRow>;
  private readonly _urlBox: UrlBox;
  private readonly _told = element('div', '');
  private _filter = '';
}

function matches({ target, note, path, mintedBy }: ILink, text: string): boolean {
  return [target, note, path, mintedBy].some(part => part.toLowerCase().includes(text));
}
