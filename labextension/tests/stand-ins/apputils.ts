/** What components use of @jupyterlab/apputils. */

export const Clipboard = {
  /** What was copied last. */
  copied: '',
  copyToSystem(text: string): void {
    Clipboard.copied = text;
  }
};
