import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { addIcon, refreshIcon, SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { AccordionPanel, Panel, Widget } from '@lumino/widgets';
import { element } from '../element';
import { linkIcon } from '../links/providericons';
import { Heartbeat } from '../model/heartbeat';
import type { IPresign } from '../tokens';
import { CreateForm } from './createform';
import { FilterBox } from './filterbox';
import { GuestSection } from './guestsection';
import { iconButton } from './iconbutton';
import { LinkSection } from './linksection';
import { MINT_DEFAULTS } from './mintfields';
import type { IPanelSettings } from './settings';
import { TargetSection } from './targetsection';

/** How the room is divided at first: there are more targets than links, and more links than guests. */
const SHARES = [6, 3, 2];
/** Shares that differ by less were chosen by nobody. */
const ALIKE = 0.05;

/** The sidebar: where links lead, which there are, and who came by one. */
export class PresignPanel extends SidePanel {
  constructor(presign: IPresign, translator: ITranslator) {
    super({ translator, header: new Panel() });
    const trans = translator.load('nb_presign');
    this._presign = presign;
    this._words = trans;
    this.id = 'nb-presign-panel';
    this.addClass('jp-PresignPanel');
    this.title.icon = linkIcon;
    this.title.caption = trans.__('Presigned links');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Presigned links'));
    // Here already, since JupyterLab restores which of them are folded, and how large they are.
    this._targets = new TargetSection(presign, trans);
    this._links = new LinkSection(presign, this._heartbeat, trans);
    this._guests = new GuestSection(presign, this._heartbeat, trans);
    for (const section of [this._targets, this._links, this._guests]) {
      this.addWidget(section);
    }
    this._targets.shared.connect((_, { reference }) => {
      this.create(reference);
    }, this);
  }

  /** Take what somebody has set. */
  configure(settings: IPanelSettings): void {
    const { defaults, opened, profile, region } = settings;
    const { targets } = this._presign;
    this._defaults = defaults;
    this._targets.opened = opened;
    if (targets.where.region !== region || targets.where.profile !== profile) {
      void targets.look({ region, profile });
    }
    this._targets.showWhere();
  }

  /** Ask for the terms of a new link. */
  create(reference = ''): void {
    this._fill().open(reference, this._defaults);
  }

  /** Ask the server again for everything. */
  reload(): void {
    const { guests, links, providers, targets } = this._presign;
    void providers.load();
    void targets.load();
    void links.load();
    void guests.refresh();
  }

  /** Whoever asks for the panel by a shortcut or menu goes on by keyboard, unless in it already. */
  enter(): void {
    this._fill();
    if (!this.node.contains(document.activeElement)) {
      this._filter?.focus();
    }
  }

  override dispose(): void {
    this._heartbeat.dispose();
    this._resized.disconnect();
    super.dispose();
  }

  protected override onBeforeShow(message: Message): void {
    super.onBeforeShow(message);
    this._fill();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._watch(true);
    // JupyterLab (4.6) shows what was shown last first, and then restores how large its parts were.
    queueMicrotask(() => {
      this._share();
    });
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this._watch(false);
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    if (this.isVisible) {
      this._fill();
      this._watch(true);
    }
  }

  protected override onBeforeDetach(message: Message): void {
    this._watch(false);
    super.onBeforeDetach(message);
  }

  /** Make the rest of it when it is seen for the first time: most days nobody looks. */
  private _fill(): CreateForm {
    if (this._form !== null) {
      return this._form;
    }
    const filter = new FilterBox(this._words);
    this._filter = filter.node;
    filter.changed.connect((_, text) => {
      this._targets.filter(text);
      this._links.filter(text);
    }, this);
    const head = element('div', 'jp-PresignHead', filter.node, ...this._headActs());
    this._form = new CreateForm(this._presign, this._words);
    this.header.addWidget(new Widget({ node: head }));
    this.header.addWidget(new Widget({ node: this._form.node }));
    // The form above comes and goes, of which Lumino's layouts are not told.
    this._resized.observe(this.content.node);
    return this._form;
  }

  /** Divide the room, unless somebody has: all alike is what Lumino does by itself. */
  private _share(): void {
    if (this.isDisposed || this._isShared || !(this.content instanceof AccordionPanel)) {
      return;
    }
    this._isShared = true;
    const sizes = this.content.relativeSizes();
    if (Math.max(...sizes) - Math.min(...sizes) < ALIKE) {
      this.content.setRelativeSizes(SHARES);
    }
  }

  /** Not in a toolbar: JupyterLab's own buttons there (4.6) have an attribute that axe-core refuses. */
  private _headActs(): HTMLButtonElement[] {
    const create = iconButton({
      act: 'new',
      icon: addIcon,
      label: this._words.__('New link…'),
      press: () => {
        this.create();
      }
    });
    const reload = iconButton({
      act: 'reload',
      icon: refreshIcon,
      label: this._words.__('Reload'),
      press: () => {
        this.reload();
      }
    });
    return [create, reload];
  }

  /** Ask and count only while somebody sees it. */
  private _watch(isSeen: boolean): void {
    const { guests, links, providers } = this._presign;
    this._heartbeat.isWanted = isSeen;
    links.isWatched = isSeen;
    if (isSeen) {
      void providers.load();
      void guests.refresh();
      void this._learn();
    }
  }

  /** Ask once who this server is; where it does not answer, the lists say so. */
  private async _learn(): Promise<void> {
    if (!this._isAsked) {
      this._isAsked = true;
      const server = await this._presign.api.server().catch(() => null);
      this._isAsked = server !== null;
      if (server !== null) {
        this._guests.server = server;
      }
    }
  }

  private _isAsked = false;
  private readonly _guests: GuestSection;
  private readonly _presign: IPresign;
  private readonly _words: TranslationBundle;
  private readonly _heartbeat = new Heartbeat();
  private readonly _resized = new ResizeObserver(() => {
    this.content.update();
  });
  private readonly _targets: TargetSection;
  private readonly _links: LinkSection;
  private _form: CreateForm | null = null;
  private _filter: HTMLElement | null = null;
  private _defaults = MINT_DEFAULTS;
  private _isShared = false;
}
