import type { TraceQuestions, TraceSelection } from '#server/traces/trace-questions.ts';
import { readTraceQl } from '#server/traces/traceql/check.ts';

export interface SearchFigures {
  readonly question: string;
  readonly query: string;
  /** Traces (or series) in the answer: a fast answer must be one. */
  readonly found: number;
  /** The first time it was asked, milliseconds. */
  readonly first: number;
  readonly p50: number;
  readonly p95: number;
}

/** A value that few spans have, one that many have, and one that is in the middle of many texts. */
export interface SearchValues {
  readonly user: string;
  readonly orderPath: string;
}

const RUNS = 15;

/** Queries over the attributes of spans.ts; the page is the 20 newest, the total is of all. */
function queries({ user, orderPath }: SearchValues): readonly (readonly [question: string, query: string])[] {
  return [
    ['everything', '{ }'],
    ['rare value', `{ span.enduser.id = "${user}" }`],
    ['rare value, two of them', `{ span.enduser.id = "${user}" && resource.service.name = "cart" }`],
    ['value that is nowhere', '{ span.enduser.id = "nobody" }'],
    ['common value', '{ span.http.route = "/api/checkout" }'],
    ['resource', '{ resource.service.name = "payment" }'],
    ['number', '{ span.http.response.status_code >= 500 }'],
    ['number of many values', '{ span.http.response.body.size > 19990 }'],
    ['two conditions', '{ span.http.route = "/api/checkout" && span.http.response.status_code = 503 }'],
    ['errors of a service', '{ resource.service.name = "payment" && status = error }'],
    ['duration', '{ duration > 15ms }'],
    ['regex, few values', '{ span.server.address =~ "pay.*|cart.*" }'],
    ['regex, every value another', `{ span.url.full =~ ".*${orderPath}" }`],
    ['structural', '{ resource.service.name = "cart" } >> { status = error }'],
    ['count()', '{ status = error } | count() > 2'],
    ['by() and avg()', '{ resource.service.name = "payment" } | by(span.http.route) | avg(duration) > 10ms'],
  ];
}

/** Times each query cold (as far as it can be: the first time) and again; and what the search page asks beside the search. */
export async function measureSearch(questions: TraceQuestions, range: { readonly fromUnixNano: string; readonly toUnixNano: string }, values: SearchValues): Promise<SearchFigures[]> {
  const select = (q: string, use: 'search' | 'metrics' = 'search'): TraceSelection => {
    const read = readTraceQl(q, use);
    if (!read.ok) throw new Error(`${q}: ${read.faults[0]?.message}`);
    return { query: read.query, ...range };
  };
  const figures: SearchFigures[] = [];
  const measure = async (question: string, query: string, ask: (run: number) => Promise<number>): Promise<void> => {
    const took: number[] = [];
    let found = 0;
    for (let run = 0; run <= RUNS; run++) {
      const started = performance.now();
      found = await ask(run);
      took.push(performance.now() - started);
    }
    const [first = NaN, ...again] = took;
    again.sort((a, b) => a - b);
    figures.push({ question, query, found, first, p50: again[Math.floor(again.length / 2)] ?? NaN, p95: again[Math.floor(again.length * 0.95)] ?? NaN });
  };
  for (const [question, query] of queries(values)) {
    const selection = select(query);
    await measure(question, query, async () => (await questions.search({ ...selection, sort: 'newest', limit: 20, offset: 0, spansPerTrace: 3 })).totalTraces);
  }
  const errors = select('{ status = error }');
  await measure('slowest of all', '{ }', async () => (await questions.search({ ...select('{ }'), sort: 'longest', limit: 20, offset: 0, spansPerTrace: 3 })).totalTraces);
  await measure('page 500', '{ status = error }', async () => (await questions.search({ ...errors, sort: 'newest', limit: 20, offset: 10_000, spansPerTrace: 3 })).totalTraces);
  await measure('heat map of traces', '{ }', async () => (await questions.heatmap({ ...select('{ }'), of: 'traces', timeBuckets: 60, durationBuckets: 30 })).total);
  await measure('facets of six fields', '{ status = error }', async () =>
    (await questions.facets({ ...errors, fields: ['resource.service.name', 'span:name', 'span:kind', 'span.http.route', 'span.http.response.status_code', 'resource.k8s.pod.name'].map((f) => fieldOf(f)), limit: 10 })).totalSpans);
  await measure('deltas', '{ status = error }, slower than 10 ms', async () => (await questions.deltas({ ...errors, region: { of: 'spans', minDurationNano: '10000000' }, limit: 20 })).inside);
  for (const q of ['{ } | rate() by (resource.service.name)', '{ span.http.route != nil } | quantile_over_time(duration, .5, .95) by (span.http.route)']) {
    const step = String((BigInt(range.toUnixNano) - BigInt(range.fromUnixNano)) / 100n);
    await measure('metrics', q, async () => (await questions.metrics({ ...select(q, 'metrics'), stepNano: step, exemplars: 10 })).series.length);
  }
  return figures;
}

function fieldOf(text: string): Parameters<TraceQuestions['facets']>[0]['fields'][number] {
  if (text.startsWith('span:')) return { kind: 'intrinsic', name: text as 'span:name' | 'span:kind' };
  const [scope = '', ...key] = text.split('.');
  return { kind: 'attribute', scope: scope as 'span' | 'resource', key: key.join('.') };
}
