/**
 * Open a minted URL in a new tab that knows nothing of this page; false if the browser would not.
 *
 * Browsers open tabs for a few seconds after a click or a key (`UserActivation` in the HTML
 * standard). As such a tab is no business of ours, they do not tell whether it was opened.
 */
export function openTab(url: string): boolean {
  if (!navigator.userActivation.isActive) {
    return false;
  }
  window.open(url, '_blank', 'noopener,noreferrer');
  return true;
}
