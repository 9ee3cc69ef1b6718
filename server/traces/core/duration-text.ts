import { parsed, parseFailure, type ParseResult } from './parse-result.ts';

const NANOS: Readonly<Record<string, bigint>> = { ns: 1n, us: 1_000n, µs: 1_000n, μs: 1_000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n, d: 86_400_000_000_000n, w: 604_800_000_000_000n };
const PART = /\s*(\d+)(?:\.(\d*))?\s*(ns|us|µs|μs|ms|s|m|h|d|w)/y;
/** 292 years: what a signed 64-bit count of nanoseconds holds. */
const MAX_NANO = 9_223_372_036_854_775_807n;

/**
 * Nanoseconds of a duration such as `1.5ms`, `250us`, `2 s` or `1m30s`, exactly (a fraction of a nanosecond is cut off).
 * Fails with the position of the first thing that is no number with a unit.
 */
export function parseDurationText(text: string): ParseResult<bigint> {
  let total = 0n;
  let position = 0;
  const end = text.trimEnd().length;
  if (end === 0) return parseFailure('a duration is empty; write one such as 250us, 1.5ms or 2s', 0);
  while (position < end) {
    PART.lastIndex = position;
    const match = PART.exec(text);
    const whole = match?.[1];
    const scale = NANOS[match?.[3] ?? ''];
    if (whole === undefined || scale === undefined) return parseFailure(`"${text.slice(position, end)}" is not a number with a unit (ns, us, ms, s, m, h)`, position);
    const fraction = (match?.[2] ?? '').slice(0, 18);
    total += BigInt(whole) * scale + (fraction === '' ? 0n : (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length));
    if (total > MAX_NANO) return parseFailure('the duration is longer than 292 years', position);
    position = PART.lastIndex;
  }
  return parsed(total);
}
