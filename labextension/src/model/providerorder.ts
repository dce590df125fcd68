/** What most people look for comes first; the others stay as the server has them. */
const FIRST: readonly string[] = ['jupyter', 'session', 'hub', 'sagemaker', 'studio', 'athena'];

/** Say how far down a provider's targets are shown, wherever several providers' are. */
export function rankOf(provider: string): number {
  const at = FIRST.indexOf(provider);
  return at < 0 ? FIRST.length : at;
}
