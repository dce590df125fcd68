import { Notification } from '@jupyterlab/apputils';
import { PresignError } from '../api/presignerror';

/** Say what went wrong where no place on the page is about it, until somebody has read it. */
export function notifyTrouble(thrown: unknown): void {
  const { message, hint } = PresignError.from(thrown);
  Notification.error(`${message} ${hint}`.trim(), { autoClose: false });
}
