import type { TranslationBundle } from '@jupyterlab/translation';
import { PanelWithToolbar } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import { Notice } from './notice';

/** A part of the panel that folds, with a line for what was done in it. */
export class Section extends PanelWithToolbar {
  constructor(label: string, trans: TranslationBundle) {
    super();
    this.addClass('jp-PresignSection');
    this.title.label = label;
    this.trans = trans;
    this.notice = new Notice(trans);
    this.addWidget(new Widget({ node: this.body }));
    // Below, or what it says would push away the rows under the mouse.
    this.addWidget(new Widget({ node: this.notice.node }));
  }

  /** How many there are, behind the name. */
  setCount(label: string, count: string): void {
    this.title.label = count === '' ? label : `${label} (${count})`;
  }

  protected readonly trans: TranslationBundle;
  protected readonly notice: Notice;
  protected readonly body = document.createElement('div');
}
