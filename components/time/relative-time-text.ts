import { displayZone } from './display-zone.ts';

const YEAR_S = 365.25 * 86_400;

/** How long ago (or until), short: `now`, `4 s ago`, `12 min ago`, `3 h ago`, `in 5 min`; from two years on in years. Thin space before the unit. */
export function relativeTimeText(ms: number, nowMs: number): string {
  const delta = nowMs - ms;
  const seconds = Math.floor(Math.abs(delta) / 1000);
  if (seconds < 1) return 'now';
  const [amount, unit] = seconds < 60 ? [seconds, 's'] : seconds < 3600 ? [Math.floor(seconds / 60), 'min'] : seconds < 86_400 ? [Math.floor(seconds / 3600), 'h'] : seconds < 2 * YEAR_S ? [Math.floor(seconds / 86_400), 'd'] : [Math.floor(seconds / YEAR_S), 'y'];
  return delta >= 0 ? `${amount}\u2009${unit} ago` : `in ${amount}\u2009${unit}`;
}

/** Full date and time with milliseconds and zone, for tooltips. */
export function absoluteTimeText(ms: number): string {
  const zone = displayZone();
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23', ...(zone === undefined ? {} : { timeZone: zone }) }).format(ms);
}
