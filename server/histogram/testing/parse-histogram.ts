import { parsePromNumber } from '#server/promql/go-number.ts';
import { addHistograms, subtractHistograms } from '../arithmetic.ts';
import type { BucketSpan, CounterResetHint, FloatHistogram } from '../float-histogram.ts';

/** A histogram as a test script gives it, and whether it says what the counter reset hint is (else any will do). */
export interface DescribedHistogram {
  readonly histogram: FloatHistogram;
  readonly counterResetHintSet: boolean;
}

const HINTS: Readonly<Record<string, CounterResetHint>> = { unknown: 'unknown', reset: 'reset', not_reset: 'not-reset', gauge: 'gauge' };
const INTEGER_KEYS: ReadonlySet<string> = new Set(['schema', 'offset', 'n_offset']);
const NUMBER_KEYS: ReadonlySet<string> = new Set(['sum', 'count', 'z_bucket', 'z_bucket_w']);
const LIST_KEYS: ReadonlySet<string> = new Set(['buckets', 'n_buckets', 'custom_values']);

/**
 * Reads `{{schema:1 sum:2 buckets:[1 2] …}}` of Prometheus' test scripts. Throws an Error that quotes what it does not
 * understand. Source: promql/parser/generated_parser.y (histogram descriptions).
 */
export function parseHistogram(text: string): DescribedHistogram {
  const body = /^\{\{(.*)\}\}$/s.exec(text.trim())?.[1];
  if (body === undefined) throw new Error(`a histogram is written {{…}}, not ${text}`);
  const numbers = new Map<string, number>();
  const lists = new Map<string, number[]>();
  let hint: CounterResetHint | undefined;
  let rest = body.trim();
  while (rest !== '') {
    const item = /^([a-z_]+):(\[[^\]]*\]|[^\s[\]]+)(?:\s+|$)/i.exec(rest);
    if (item === null) throw new Error(`cannot read the histogram ${text} from ${rest} on: items are key:value, such as buckets:[5 10 7]`);
    const key = (item[1] ?? '').toLowerCase();
    const value = item[2] ?? '';
    rest = rest.slice(item[0].length);
    if (numbers.has(key) || lists.has(key) || (key === 'counter_reset_hint' && hint !== undefined)) throw new Error(`duplicate key "${key}" in histogram ${text}`);
    if (LIST_KEYS.has(key)) lists.set(key, readList(value, text));
    else if (INTEGER_KEYS.has(key) || NUMBER_KEYS.has(key)) numbers.set(key, readNumber(value, INTEGER_KEYS.has(key), text));
    else if (key === 'counter_reset_hint') hint = readHint(value, text);
    else throw new Error(`bad histogram descriptor found: "${key}" in ${text}`);
  }
  const positiveBuckets = lists.get('buckets') ?? [];
  const negativeBuckets = lists.get('n_buckets') ?? [];
  const histogram: FloatHistogram = {
    counterResetHint: hint ?? 'unknown',
    schema: numbers.get('schema') ?? 0,
    zeroThreshold: numbers.get('z_bucket_w') ?? 0,
    zeroCount: numbers.get('z_bucket') ?? 0,
    count: numbers.get('count') ?? 0,
    sum: numbers.get('sum') ?? 0,
    positiveSpans: spansOf(positiveBuckets, numbers.get('offset')),
    negativeSpans: spansOf(negativeBuckets, numbers.get('n_offset')),
    positiveBuckets,
    negativeBuckets,
    customValues: lists.get('custom_values') ?? [],
  };
  return { histogram, counterResetHintSet: hint !== undefined };
}

/**
 * Reads one item of a series line: `{{…}}`, `{{…}}x3` (that and three more), `{{…}}+{{…}}x3` or `{{…}}-{{…}}x3` (that, and
 * three that each add or take the second one). Throws as `parseHistogram` does, and where histograms do not combine.
 * Source: promql/parser/parse.go `histogramsSeries`.
 */
export function parseHistogramSequence(text: string): DescribedHistogram[] {
  const item = /^(\{\{.*?\}\})(?:([+-])(\{\{.*?\}\}))?(?:x(\d+))?$/s.exec(text.trim());
  if (item === null || (item[2] !== undefined && item[4] === undefined)) throw new Error(`cannot read the histograms ${text}: write {{…}}, {{…}}x3 or {{…}}+{{…}}x3`);
  const [, first = '', operator, second = '', times = '0'] = item;
  const base = parseHistogram(first);
  if (operator === undefined) return Array.from({ length: Number(times) + 1 }, () => base);
  const increment = parseHistogram(second);
  const { counterResetHintSet } = increment;
  const out: DescribedHistogram[] = [{ histogram: base.histogram, counterResetHintSet }];
  let { histogram } = base;
  for (let i = 0; i < Number(times); i++) {
    if (histogram.schema > increment.histogram.schema) throw new Error(`error combining histograms: cannot merge from schema ${increment.histogram.schema} to ${histogram.schema}`);
    const combined = operator === '+' ? addHistograms(histogram, increment.histogram) : subtractHistograms(histogram, increment.histogram);
    if (combined.kind === 'incompatible') throw new Error(`histograms of ${text} are a mix of exponential and custom buckets`);
    histogram = combined.histogram;
    out.push({ histogram, counterResetHintSet });
  }
  return out;
}

function readNumber(value: string, whole: boolean, text: string): number {
  const number = parsePromNumber(value);
  if (number === undefined || (whole && !/^-?\d+$/.test(value))) throw new Error(`cannot read the number ${value} in the histogram ${text}`);
  return number;
}

function readList(value: string, text: string): number[] {
  if (!value.startsWith('[')) throw new Error(`cannot read ${value} in the histogram ${text}: a list is written [1 2 3]`);
  return value
    .slice(1, -1)
    .trim()
    .split(/\s+/)
    .map((number) => readNumber(number, false, text));
}

function readHint(value: string, text: string): CounterResetHint {
  const hint = HINTS[value.toLowerCase()];
  if (hint === undefined) throw new Error(`cannot read the counter_reset_hint ${value} in the histogram ${text}: it is unknown, reset, not_reset or gauge`);
  return hint;
}

function spansOf(buckets: readonly number[], offset = 0): BucketSpan[] {
  return buckets.length === 0 ? [] : [{ offset, length: buckets.length }];
}
