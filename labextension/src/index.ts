import { countdownPlugin } from './plugins/countdown';
import { connectionPlugin, guestPlugin } from './plugins/guest';
import { ownerPlugin } from './plugins/owner';

export default [countdownPlugin, connectionPlugin, guestPlugin, ownerPlugin];
