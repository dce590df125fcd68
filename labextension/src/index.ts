import { countdownPlugin } from './plugins/countdown';
import { connectionPlugin, guestPlugin } from './plugins/guest';
import { linksPlugin } from './plugins/links';
import { modelPlugin } from './plugins/model';
import { ownerPlugin } from './plugins/owner';
import { panelPlugin } from './plugins/panel';
import { referencesPlugin } from './plugins/references';
import { sharePlugin } from './plugins/share';
import { workplacePlugin } from './plugins/workplace';

export default [
  countdownPlugin,
  connectionPlugin,
  guestPlugin,
  modelPlugin,
  ownerPlugin,
  panelPlugin,
  linksPlugin,
  workplacePlugin,
  referencesPlugin,
  sharePlugin
];
