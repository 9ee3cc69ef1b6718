const NANOSECONDS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };
const COMPONENT = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/y;
/** Go keeps a duration as a signed 64-bit count of nanoseconds: about 292 years. */
const MAX_NANOSECONDS = 2 ** 63;

/**
 * Parses a Go duration (`1.5s`, `100ms`, `1h30m`, `-2s`, `0`) into milliseconds, fractions kept. Undefined for
 * anything else, also for what overflows Go's 64-bit nanoseconds. Source: the grammar of Go's time.ParseDuration.
 */
export function parseDuration(text: string): number | undefined {
  const negative = text.startsWith('-');
  const body = negative || text.startsWith('+') ? text.slice(1) : text;
  if (body === '0') return 0;
  if (body === '') return undefined;
  let nanoseconds = 0;
  for (COMPONENT.lastIndex = 0; COMPONENT.lastIndex < body.length; ) {
    const match = COMPONENT.exec(body);
    if (match === null) return undefined;
    nanoseconds += Number(match[1]) * (NANOSECONDS[match[2] ?? ''] ?? Number.NaN);
  }
  if (!(nanoseconds < MAX_NANOSECONDS)) return undefined;
  return (negative && nanoseconds !== 0 ? -nanoseconds : nanoseconds) / 1e6;
}
