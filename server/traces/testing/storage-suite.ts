import type { JaegerSearch } from '../jaeger-api/jaeger-search.ts';
import type { Attributes, Span } from '../trace-backend.ts';
import { aSpan, spanId, traceId } from './a-span.ts';

/** A search with the traces it must find, by the names of the suite. */
export interface SuiteCase {
  readonly caption: string;
  readonly search: JaegerSearch & { readonly service: string };
  readonly fromUnixNano: bigint;
  readonly toUnixNano: bigint;
  readonly expected: readonly string[];
}

const NOON = 1_791_000_000_000_000_000n;
const HOUR = 3_600_000_000_000n;
const MICROSECOND = 1000n;
/** One value of each type; numbers and booleans are asked for as text. */
const TAGS: Attributes = { text: 'same', whole: 123, half: 72.5, flag: true };
const ASKED = { text: 'same', whole: '123', half: '72.5', flag: 'true' };

type Place = 'span' | 'resource' | 'scope' | 'link' | 'first event' | 'second event';
interface Row {
  readonly caption: string;
  /** Where the tags are; one place for all four, or one for each. */
  readonly tags?: Place | readonly [text: Place, whole: Place, half: Place, flag: Place];
  readonly operation?: true;
  /** Of the span, microseconds. Default 5. */
  readonly lasts?: number;
  readonly min?: bigint;
  readonly max?: bigint;
  /** Traces that match; the others of a row never do. Default 1. */
  readonly traces?: number;
  readonly kind?: 'two days' | 'child';
}

const SPREAD = ['first event', 'span', 'resource', 'span'] as const;
const RANGE = { min: 4500n, max: 5500n };
/** The cases of Jaeger's storage suite (internal/storage/integration/fixtures/queries.json), each for a service of its own. */
const ROWS: readonly Row[] = [
  { caption: 'tags of the span', tags: 'span', lasts: 7 },
  { caption: 'tags of an event', tags: 'first event' },
  { caption: 'tags of the resource', tags: 'resource' },
  { caption: 'tags in several places', tags: ['resource', 'first event', 'span', 'span'] },
  { caption: 'a trace with spans minutes apart', kind: 'two days' },
  { caption: 'operation', operation: true },
  { caption: 'operation and longest duration', operation: true, max: 2000n, lasts: 2, kind: 'child' },
  { caption: 'operation and range of durations', operation: true, ...RANGE },
  { caption: 'range of durations', ...RANGE },
  { caption: 'longest duration', max: 1000n, lasts: 1 },
  { caption: 'service alone', lasts: 100 },
  { caption: 'tags and operation', tags: 'span', operation: true, lasts: 2 },
  { caption: 'tags, operation and longest duration', tags: 'resource', operation: true, max: 2000n, lasts: 1 },
  { caption: 'tags, operation and range of durations', tags: 'first event', operation: true, ...RANGE },
  { caption: 'tags and range of durations', tags: 'span', ...RANGE },
  { caption: 'tags and longest duration', tags: 'resource', max: 1000n, lasts: 1 },
  { caption: 'spread tags and operation', tags: ['resource', 'first event', 'span', 'second event'], operation: true },
  { caption: 'spread tags, operation and longest duration', tags: ['span', 'first event', 'resource', 'second event'], operation: true, max: 2000n, lasts: 1 },
  { caption: 'spread tags, operation and range of durations', tags: ['span', 'first event', 'resource', 'resource'], operation: true, ...RANGE },
  { caption: 'spread tags and range of durations', tags: SPREAD, ...RANGE },
  { caption: 'spread tags and longest duration', tags: ['span', 'first event', 'resource', 'resource'], max: 1000n, lasts: 1 },
  { caption: 'several traces', traces: 3, lasts: 100 },
  { caption: 'a scope with name and version', tags: 'span', lasts: 1 },
  { caption: 'tags of the scope', tags: 'scope', lasts: 1 },
  { caption: 'tags of a link', tags: 'link', lasts: 2 },
];

/**
 * Jaeger's own storage suite in our words: 25 searches, and the traces that each must find among all of them. The rule is
 * that of its memory store: one span has everything that is asked for; a tag may be at any level and is compared as text.
 * Beside each there is a trace that fails it by one thing only, so that a search which leaves something out finds too much.
 */
export function storageSuite(): { readonly spans: readonly Span[]; readonly idOf: (name: string) => string; readonly cases: readonly SuiteCase[] } {
  const spans: Span[] = [];
  const ids = new Map<string, string>();
  const add = (name: string, row: Row, n: number, changes: { readonly lasts?: number; readonly without?: keyof typeof TAGS | undefined; readonly operation?: string; readonly startsLater?: bigint } = {}): void => {
    const id = traceId(0x10000 + ids.size);
    ids.set(name, id);
    const make = (spanNumber: number, start: bigint, lasts: number, parent?: number): Span => {
      const at = (place: Place): Attributes => Object.fromEntries(Object.entries(TAGS).filter(([key], i) => key !== changes.without && row.tags !== undefined && (typeof row.tags === 'string' ? row.tags : row.tags[i]) === place));
      return aSpan({
        traceId: id,
        spanId: spanId(spanNumber),
        ...(parent === undefined ? {} : { parentSpanId: spanId(parent) }),
        name: changes.operation ?? `operation ${n}`,
        start,
        duration: BigInt(lasts) * MICROSECOND,
        attributes: at('span'),
        resource: { 'service.name': `service ${n}`, ...at('resource') },
        scope: row.tags === 'scope' || row.caption.includes('scope') ? { name: 'library', version: '1.1', attributes: { of: 'scope', ...at('scope') } } : { name: '' },
        events: [{ timeUnixNano: String(start), name: '', attributes: at('first event') }, { timeUnixNano: String(start), name: '', attributes: at('second event') }],
        links: row.tags === 'link' ? [{ traceId: traceId(0xff), spanId: spanId(0xff), attributes: { 'opentracing.ref_type': 'child_of', ...at('link') } }] : [],
      });
    };
    const lasts = changes.lasts ?? row.lasts ?? 5;
    const start = NOON + (changes.startsLater ?? 0n);
    spans.push(make(1, start, lasts));
    if (row.kind === 'child') spans.push(make(2, start, 1, 1));
    if (row.kind === 'two days') spans.push(make(2, start + 420_000_000_000n, lasts));
  };
  const cases = ROWS.map((row, i): SuiteCase => {
    const n = i + 1;
    const expected = Array.from({ length: row.traces ?? 1 }, (_, t) => `${row.caption} ${t + 1}`);
    for (const name of expected) add(name, row, n);
    if (row.tags !== undefined) for (const key of ['text', 'whole', 'half', 'flag'] as const) add(`${row.caption} without ${key}`, row, n, { without: key });
    if (row.operation === true) add(`${row.caption} of another operation`, row, n, { operation: 'another' });
    if (row.max !== undefined) add(`${row.caption} too long`, { ...row, kind: 'two days' }, n, { lasts: Number(row.max / MICROSECOND) + 1 });
    if (row.min !== undefined) add(`${row.caption} too short`, row, n, { lasts: 4 });
    add(`${row.caption} too late`, row, n, { startsLater: 2n * HOUR });
    return {
      caption: row.caption,
      search: {
        service: `service ${n}`,
        ...(row.operation === true ? { operation: `operation ${n}` } : {}),
        ...(row.tags === undefined ? {} : { tags: ASKED }),
        ...(row.min === undefined ? {} : { minDurationNano: row.min }),
        ...(row.max === undefined ? {} : { maxDurationNano: row.max }),
      },
      fromUnixNano: NOON - HOUR,
      toUnixNano: NOON + HOUR,
      expected,
    };
  });
  return { spans, idOf: (name) => ids.get(name) ?? '', cases };
}
