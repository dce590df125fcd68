import type { TranslationBundle } from '@jupyterlab/translation';
import { Signal, type ISignal } from '@lumino/signaling';
import { element } from '../element';
import type { IWhere } from '../model/targetgroup';

/** Those that somebody is most likely to mean; any other can be written as well. */
const REGIONS = [
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'sa-east-1'
];

/** Switches of region and profile, for the providers of AWS. */
export class Where {
  constructor(trans: TranslationBundle) {
    const known = element('datalist', '');
    known.id = 'jp-presign-regions';
    known.append(
      ...REGIONS.map(region => {
        const option = element('option', '');
        option.value = region;
        return option;
      })
    );
    this._region = this._input(trans.__('Region'), trans.__('default'));
    this._region.setAttribute('list', known.id);
    this._profile = this._input(trans.__('Profile'), trans.__('default'));
    this.node.append(known);
  }

  readonly node = element('div', 'jp-PresignWhere');

  /** Emitted when somebody wants to look elsewhere. */
  get changed(): ISignal<this, IWhere> {
    return this._changed;
  }

  /** Show where is looked, as the settings say. */
  set(where: IWhere): void {
    this._region.value = where.region;
    this._profile.value = where.profile;
  }

  private _input(label: string, placeholder: string): HTMLInputElement {
    const input = element('input', 'jp-mod-styled');
    input.placeholder = placeholder;
    input.spellcheck = false;
    input.addEventListener('change', () => {
      const [region, profile] = [this._region.value.trim(), this._profile.value.trim()];
      this._changed.emit({ region, profile });
    });
    this.node.append(element('label', 'jp-PresignField', element('span', '', label), input));
    return input;
  }

  private readonly _region: HTMLInputElement;
  private readonly _profile: HTMLInputElement;
  private readonly _changed = new Signal<this, IWhere>(this);
}
