/** Over how long rates are taken: `auto` is a minute, or less when the page's range is shorter; `range` is all of it. */
export const RATE_WINDOWS = ['auto', '30s', '1m', '5m', '15m', 'range'] as const;
export type RateWindow = (typeof RATE_WINDOWS)[number];

const SECONDS: Readonly<Partial<Record<RateWindow, number>>> = { '30s': 30, '1m': 60, '5m': 300, '15m': 900 };

/** The window in seconds. A range with fixed ends (an incident that was zoomed in on) is looked at whole. */
export function rateWindowSeconds(choice: RateWindow, range: { readonly durationSeconds: number; readonly isAbsolute: boolean }): number {
  if (choice === 'range' || (choice === 'auto' && range.isAbsolute)) return range.durationSeconds;
  return SECONDS[choice] ?? Math.min(60, range.durationSeconds);
}
