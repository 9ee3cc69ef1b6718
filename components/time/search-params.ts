import { createParser, parseAsArrayOf, parseAsString } from 'nuqs';
import { formatBoundary, formatDuration, formatInstant, parseBoundary, parseDuration, parseInstant, sameBoundary, type TimeBoundary } from './time-boundary.ts';
import { DEFAULT_FROM, DEFAULT_TO } from './time-window.ts';

export const DEFAULT_REFRESH_SECONDS = 10;
/** Choices of the refresh interval, seconds; 0 is off. */
export const REFRESH_CHOICES: readonly number[] = [5, 10, 30, 60, 300, 0];

const boundaryParser = createParser<TimeBoundary>({ parse: parseBoundary, serialize: formatBoundary, eq: sameBoundary });

/** `5s`, `1m`, `off` ↔ seconds. */
export const refreshParser = createParser<number>({
  parse: (text) => {
    if (text === 'off') return 0;
    const ms = parseDuration(text);
    return ms === undefined || ms < 1000 ? null : ms / 1000;
  },
  serialize: (seconds) => (seconds === 0 ? 'off' : formatDuration(seconds * 1000)),
});

/** The parameters every page shares. Defaults stay out of the URL; a relative range stays relative in it. */
export const viewParsers = {
  ns: parseAsArrayOf(parseAsString).withDefault([]),
  from: boundaryParser.withDefault(DEFAULT_FROM),
  to: boundaryParser.withDefault(DEFAULT_TO),
  at: createParser<number>({ parse: parseInstant, serialize: formatInstant }),
  refresh: refreshParser.withDefault(DEFAULT_REFRESH_SECONDS),
};

/** Keys that links carry from page to page. */
export const VIEW_KEYS = ['ns', 'from', 'to', 'at', 'refresh'] as const;
