import { Clipboard } from '@jupyterlab/apputils';

/** Copy a text; where the page has no clipboard, as over plain http, the older way. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    Clipboard.copyToSystem(text);
  }
}
