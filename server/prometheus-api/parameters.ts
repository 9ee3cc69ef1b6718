import { parseDurationMs } from '#server/promql/durations.ts';
import { QueryError } from '#server/promql/metrics-backend.ts';

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const FLOAT = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

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
    return text === undefined ? undefined : parseTime(name, text);
  }

  requiredTime(name: string): number {
    return parseTime(name, this.text(name) ?? '');
  }

  /** A duration in seconds: a number of seconds, or Prometheus' form (`1m30s`). */
  duration(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseDuration(name, text);
  }

  requiredDuration(name: string): number {
    return parseDuration(name, this.text(name) ?? '');
  }

  /** The number of results asked for; undefined for none (0) or not said. */
  limit(name = 'limit'): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) throw badParameter(name, `${JSON.stringify(text)} is not a number of results`);
    return Number(text) === 0 ? undefined : Number(text);
  }
}

/** `bad_data` in Prometheus' wording for one parameter. */
export function badParameter(name: string, reason: string): QueryError {
  return new QueryError('bad_data', `invalid parameter ${JSON.stringify(name)}: ${reason}`);
}

function parseTime(name: string, text: string): number {
  if (FLOAT.test(text)) {
    const seconds = Number(text);
    // What JavaScript's dates can hold; beyond, milliseconds lose their precision anyway.
    if (Math.abs(seconds) <= 8.64e12) return Math.round(seconds * 1000) / 1000;
  } else if (RFC3339.test(text)) {
    const ms = Date.parse(text);
    if (!Number.isNaN(ms)) return ms / 1000;
  }
  throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`);
}

function parseDuration(name: string, text: string): number {
  if (FLOAT.test(text)) {
    const seconds = Number(text);
    if (Math.abs(seconds) > 9.2e9) throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`);
    return seconds;
  }
  const ms = parseDurationMs(text);
  if (ms === undefined) throw badParameter(name, `cannot parse ${JSON.stringify(text)} to a valid duration`);
  return ms / 1000;
}
