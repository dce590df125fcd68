import { countdownPlugin } from './plugins/countdown';
import { guestPlugin } from './plugins/guest';

export default [countdownPlugin, guestPlugin];
