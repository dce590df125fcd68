import { text } from '../api/guards';
import { isScope } from '../scope';
import type { IWhere } from '../model/targetgroup';
import { type IMintDefaults, MINT_DEFAULTS } from './mintfields';

/** What somebody has set; see schema/panel.json. */
export interface IPanelSettings extends IWhere {
  /** Providers whose targets are listed at once. */
  readonly opened: readonly string[];
  readonly defaults: IMintDefaults;
}

/** Read what somebody has set; what is not understood is as if it were not there. */
export function readSettings(values: Readonly<Record<string, unknown>>): IPanelSettings {
  const { scope, expiresIn, sessionSeconds, opened, region, profile } = values;
  return {
    region: text(region),
    profile: text(profile),
    opened: Array.isArray(opened) ? opened.filter(name => typeof name === 'string') : OPENED,
    defaults: {
      scope: isScope(scope) ? scope : MINT_DEFAULTS.scope,
      expiresIn: positive(expiresIn) ?? MINT_DEFAULTS.expiresIn,
      sessionSeconds: positive(sessionSeconds) ?? MINT_DEFAULTS.sessionSeconds
    }
  };
}

/** Those that ask nobody beyond this machine, and the Hub that it runs under. */
const OPENED = ['jupyter', 'session', 'hub'];

function positive(value: unknown): number | null {
  return typeof value === 'number' && value > 0 ? value : null;
}
