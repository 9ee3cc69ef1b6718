import { parseDurationMs } from '#server/promql/durations.ts';
import { parseGoFloat } from '#server/promql/go-number.ts';
import { QueryError } from '#server/promql/metrics-backend.ts';

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([.,]\d+)?(Z|[+-]\d{2}:\d{2})$/;
/** The largest time in seconds whose milliseconds are an int64. */
const MAX_TIME = 2 ** 63 / 1000;
/** The largest duration in seconds whose nanoseconds are an int64. */
const MAX_DURATION = 2 ** 63 / 1e9;
/** How Go writes the first and the last time of an open range, which clients hand back. */
const OPEN_ENDS: Readonly<Record<string, number>> = { '-292273086-05-16T16:47:06Z': -Infinity, '292277025-08-18T07:12:54.999999999Z': Infinity };

/**
 * The parameters of a call, from the URL and, for POST, the form in its body (which comes first, as in Go). The readers
 * throw QueryError `bad_data` in Prometheus' words. Source: web/api/v1/api.go.
 */
export class Parameters {
  readonly #values: URLSearchParams;

  constructor(url: URL, form: string | undefined) {
    this.#values = new URLSearchParams([...new URLSearchParams(form ?? ''), ...url.searchParams]);
  }

  /** The first value; undefined when missing or empty. */
  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return value === null || value === '' ? undefined : value;
  }

  all(name: string): string[] {
    return this.#values.getAll(name);
  }

  /** A point in time as Unix seconds: a number of seconds, or RFC 3339. */
  time(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    return parseTime(text) ?? fail(badParameter(name, `invalid time value for '${name}': ${noTime(text)}`));
  }

  requiredTime(name: string): number {
    const text = this.text(name) ?? '';
    return parseTime(text) ?? fail(badParameter(name, noTime(text)));
  }

  /** A duration in seconds: a number of seconds, or Prometheus' form (`1m30s`). Undefined when it is not said. */
  duration(name: string): number | undefined {
    return this.text(name) === undefined ? undefined : this.requiredDuration(name);
  }

  requiredDuration(name: string): number {
    const { seconds, fault } = parseDuration(this.text(name) ?? '');
    return fault === undefined ? seconds : fail(badParameter(name, fault));
  }

  /** How long a sample counts as the current one, in seconds; undefined for the engine's own. */
  lookback(): number | undefined {
    const text = this.text('lookback_delta');
    if (text === undefined) return undefined;
    const { seconds, fault } = parseDuration(text);
    if (fault !== undefined) throw new QueryError('bad_data', `error parsing lookback delta duration: ${fault}`);
    return seconds > 0 ? seconds : undefined;
  }

  /** The number of results asked for; undefined for none (0) or not said. */
  limit(): number | undefined {
    const text = this.text('limit');
    if (text === undefined) return undefined;
    const limit = parseGoInt(text);
    if (typeof limit === 'string') throw badParameter('limit', limit);
    if (limit < 0) throw badParameter('limit', 'limit must be non-negative');
    return limit === 0 ? undefined : limit;
  }

  /** A limit of the metadata calls: negative or not said is none; 0 is 0. */
  count(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const count = parseGoInt(text);
    if (typeof count === 'string') throw new QueryError('bad_data', `${name} must be a number`);
    return count < 0 ? undefined : count;
  }
}

/** `bad_data` in Prometheus' wording for one parameter. */
export function badParameter(name: string, reason: string, cause?: unknown): QueryError {
  return new QueryError('bad_data', `invalid parameter ${JSON.stringify(name)}: ${reason}`, { cause });
}

/** strconv.Atoi: the number, or why it is none. */
function parseGoInt(text: string): number | string {
  if (!/^[+-]?\d+$/.test(text)) return `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  const value = BigInt(text.replace('+', ''));
  return BigInt.asIntN(64, value) === value ? Number(value) : `strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`;
}

function parseTime(text: string): number | undefined {
  const seconds = parseGoFloat(text);
  if (seconds !== undefined) {
    // What is no point in time makes Go's clock wrap around; here it is a mistake of the caller.
    if (!(Math.abs(seconds) <= MAX_TIME)) return undefined;
    const whole = Math.trunc(seconds);
    const ms = Math.sign(seconds) * Math.round(Math.abs(seconds - whole) * 1000);
    return (whole * 1000 + ms) / 1000;
  }
  if (RFC3339.test(text)) {
    const ms = Date.parse(text.replace(',', '.').replace(/(\.\d{3})\d+/, '$1'));
    if (!Number.isNaN(ms)) return ms / 1000;
  }
  return OPEN_ENDS[text];
}

function noTime(text: string): string {
  return `cannot parse ${JSON.stringify(text)} to a valid timestamp`;
}

function parseDuration(text: string): { readonly seconds: number; readonly fault?: string } {
  const seconds = parseGoFloat(text);
  if (seconds !== undefined) {
    if (Math.abs(seconds) > MAX_DURATION) return { seconds: 0, fault: `cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64` };
    // Go turns NaN into the smallest duration.
    return { seconds: Number.isNaN(seconds) ? -MAX_DURATION : seconds };
  }
  const ms = parseDurationMs(text);
  return ms === undefined || ms / 1000 > MAX_DURATION ? { seconds: 0, fault: `cannot parse ${JSON.stringify(text)} to a valid duration` } : { seconds: ms / 1000 };
}

function fail(error: QueryError): never {
  throw error;
}
