/** Write what is left until a time as a clock does, such as 4:05 or 1:00:00; empty when it is over. */
export function clockTime(until: Date, now: Date): string {
  const seconds = Math.ceil((until.getTime() - now.getTime()) / 1000);
  if (!(seconds > 0)) {
    return '';
  }
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts
    .slice(seconds < 3600 ? 1 : 0)
    .map((part, index) => part.toString().padStart(index === 0 ? 1 : 2, '0'))
    .join(':');
}
