import type { TranslationBundle } from '@jupyterlab/translation';
import type { IMintRequest } from '../api/values';
import { element } from '../element';
import { isScope, type Scope } from '../scope';

/** What the fields begin with. */
export interface IMintDefaults {
  readonly scope: Scope;
  /** Seconds. */
  readonly expiresIn: number;
  readonly sessionSeconds: number;
}

/** As the server has them where nothing is said; see nb_presign/policy/bounds.py. */
export const MINT_DEFAULTS: IMintDefaults = {
  scope: 'read',
  expiresIn: 300,
  sessionSeconds: 43_200
};

const LIFETIMES = [60, 300, 900, 3600, 86_400];
const SESSIONS = [1800, 3600, 14_400, 28_800, 43_200];
/** Providers whose links a Jupyter server with nb_presign serves, and which keep all terms. */
const SELF_HOSTED: readonly string[] = ['', 'jupyter', 'session'];

/** Those whose URLs live as long as is asked for; an upstream of AWS has its own way. */
const WITH_LIFETIME: readonly string[] = [...SELF_HOSTED, 'hub'];

/** The terms of a new link: who may do what with it, for how long. */
export class MintFields {
  constructor(trans: TranslationBundle, defaults: IMintDefaults = MINT_DEFAULTS) {
    this._trans = trans;
    this._scope = select([
      ['read', trans.__('Read only')],
      ['execute', trans.__('Run code')],
      ['full', trans.__('Everything')]
    ]);
    this._expiresIn = select(LIFETIMES.map(value => [value.toString(), this._say(value)]));
    this._session = select(SESSIONS.map(value => [value.toString(), this._say(value)]));
    this._note = input('text', trans.__('for whom, and what for'));
    this._note.maxLength = 200;
    this._within = input('text', trans.__('all of it'));
    this._uses = input('number', trans.__('any number'));
    this._uses.min = '1';
    this._uses.max = '1000';
    this._ips = input('text', trans.__('anywhere'));
    const limits = element('details', 'jp-PresignLimits');
    limits.append(
      element('summary', '', trans.__('Limits')),
      field(trans.__('Only below this folder or file'), this._within),
      field(trans.__('Uses at most'), this._uses),
      field(trans.__('From addresses'), this._ips)
    );
    this._warning.setAttribute('role', 'status');
    this._own.append(field(trans.__('They may'), this._scope), this._warning);
    this._lifetime = field(trans.__('URL works for'), this._expiresIn);
    this._limits = limits;
    this.node.append(
      this._own,
      this._lifetime,
      field(trans.__('Session lasts'), this._session),
      field(trans.__('Note'), this._note),
      limits,
      this._foreign
    );
    this._scope.addEventListener('change', () => {
      this._warn();
    });
    this.reset(defaults);
  }

  readonly node = element('div', 'jp-PresignFields');

  /** Begin anew. */
  reset({ scope, expiresIn, sessionSeconds }: IMintDefaults): void {
    choose(this._scope, scope);
    choose(this._expiresIn, expiresIn.toString(), this._say(expiresIn));
    choose(this._session, sessionSeconds.toString(), this._say(sessionSeconds));
    for (const empty of [this._note, this._within, this._uses, this._ips]) {
      empty.value = '';
    }
    this._limits.open = false;
    this._warn();
  }

  /** Say whose targets these terms are for: not every upstream keeps all of them. */
  set provider(name: string) {
    this._isOwn = SELF_HOSTED.includes(name);
    this._own.hidden = this._limits.hidden = !this._isOwn;
    this._hasLifetime = WITH_LIFETIME.includes(name);
    this._lifetime.hidden = !this._hasLifetime;
    this._foreign.textContent = this._isOwn
      ? ''
      : name === 'hub'
        ? this._trans.__(
            'Whoever has an account on the Hub and opens it can do what you can there, until the session is over.'
          )
        : this._trans.__('Whoever opens it can do what you can there.');
  }

  /** What was chosen. */
  terms(): Omit<IMintRequest, 'target'> {
    const session = {
      sessionSeconds: Number(this._session.value),
      note: this._note.value.trim(),
      ...(this._hasLifetime ? { expiresIn: Number(this._expiresIn.value) } : {})
    };
    if (!this._isOwn) {
      return session;
    }
    const { value: scope } = this._scope;
    const uses = Number(this._uses.value);
    return {
      ...session,
      scope: isScope(scope) ? scope : 'read',
      within: this._within.value.trim().replace(/^\/+/, ''),
      allowedIps: this._ips.value.split(/[\s,]+/).filter(Boolean),
      ...(uses > 0 ? { maxUses: uses } : {})
    };
  }

  private _warn(): void {
    const { value } = this._scope;
    this._warning.hidden = value === 'read';
    this._warning.textContent =
      value === 'read'
        ? ''
        : value === 'execute'
          ? this._trans.__(
              'They can run code as you: read, change and delete whatever you can on that machine.'
            )
          : this._trans.__(
              'They can do what you can, and run code as you: open terminals, change and delete files.'
            );
  }

  private _say(seconds: number): string {
    if (seconds >= 3600 && seconds % 3600 === 0) {
      return this._trans._n('%1 hour', '%1 hours', seconds / 3600, seconds / 3600);
    }
    const minutes = Math.max(1, Math.round(seconds / 60));
    return this._trans._n('%1 minute', '%1 minutes', minutes, minutes);
  }

  private readonly _trans: TranslationBundle;
  private readonly _scope: HTMLSelectElement;
  private readonly _expiresIn: HTMLSelectElement;
  private readonly _session: HTMLSelectElement;
  private readonly _note: HTMLInputElement;
  private readonly _within: HTMLInputElement;
  private readonly _uses: HTMLInputElement;
  private readonly _ips: HTMLInputElement;
  private readonly _limits: HTMLDetailsElement;
  private readonly _own = element('div', 'jp-PresignFields-own');
  private readonly _warning = element('p', 'jp-PresignWarning');
  private readonly _foreign = element('p', 'jp-PresignHelp');
  private readonly _lifetime: HTMLElement;
  private _hasLifetime = true;
  private _isOwn = true;
}

/** Put a label before something to fill in. */
export function field(label: string, control: HTMLElement): HTMLLabelElement {
  return element('label', 'jp-PresignField', element('span', '', label), control);
}

function input(type: string, placeholder: string): HTMLInputElement {
  const made = element('input', 'jp-mod-styled');
  made.type = type;
  made.placeholder = placeholder;
  made.spellcheck = false;
  made.autocomplete = 'off';
  return made;
}

function select(options: readonly (readonly [string, string])[]): HTMLSelectElement {
  const made = element('select', 'jp-mod-styled');
  made.append(...options.map(([value, label]) => new Option(label, value)));
  return made;
}

/** Choose a value, also one that was not among the options. */
function choose(control: HTMLSelectElement, value: string, label = value): void {
  if (![...control.options].some(option => option.value === value)) {
    control.append(new Option(label, value));
  }
  control.value = value;
}
