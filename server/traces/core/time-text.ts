import { parseDurationText } from './duration-text.ts';
import { parsed, parseFailure, type ParseResult } from './parse-result.ts';

/** Unix milliseconds of the largest time an OTLP span can name that a signed 64-bit count of nanoseconds holds. */
const MAX_MS = 9_223_372_036_854;

/**
 * Unix milliseconds of a moment: `now`, `now-1h`, `now-1h30m`, `now+5s`, an integer of Unix milliseconds, or an ISO date
 * and time with a zone. `nowMs` is the moment `now` stands for. Fails with the position of what cannot be read.
 */
export function parseTimeText(text: string, nowMs: number): ParseResult<number> {
  const trimmed = text.trim();
  if (/^\d+$/.test(trimmed)) return inRange(Number(trimmed));
  if (trimmed === 'now') return inRange(nowMs);
  const relative = /^now\s*([+-])/.exec(trimmed);
  if (relative !== null) {
    const offset = text.indexOf('now') + relative[0].length;
    const duration = parseDurationText(trimmed.slice(relative[0].length));
    if (!duration.ok) return parseFailure(duration.error.message, offset + duration.error.position);
    const ms = Number(duration.value / 1_000_000n);
    return inRange(relative[1] === '-' ? Math.max(0, nowMs - ms) : nowMs + ms);
  }
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(trimmed)) {
    const ms = Date.parse(trimmed);
    if (!Number.isNaN(ms)) return inRange(ms);
  }
  return parseFailure(`"${trimmed}" is not a time; write Unix milliseconds, now, or now-1h`, 0);
}

function inRange(ms: number): ParseResult<number> {
  return ms >= 0 && ms <= MAX_MS ? parsed(ms) : parseFailure('the time is outside 1970 to 2262', 0);
}
