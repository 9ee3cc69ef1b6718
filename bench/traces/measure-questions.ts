import type { TraceQuestions, TraceSelection } from '#server/traces/trace-questions.ts';
import { readTraceQl } from '#server/traces/traceql/check.ts';

export interface QuestionFigures {
  readonly kind: Kind;
  readonly question: string;
  /** Traces, spans or series in the answer: a fast answer must be one. */
  readonly found: number;
  /** How often it was asked after the first time. */
  readonly runs: number;
  /** Milliseconds: the first time it was asked, and again. */
  readonly first: number;
  readonly p50: number;
  readonly p95: number;
  /** Milliseconds of processor time, all threads: the first time, and the middle of the others. */
  readonly firstCpu: number;
  readonly cpu: number;
}

export type Kind = 'attribute' | 'several conditions' | 'structure' | 'pipeline' | 'order and pages' | 'heat map' | 'facets' | 'differences' | 'metrics' | 'percentile' | 'catalogue';

interface Question {
  readonly kind: Kind;
  readonly text: string;
  ask(): Promise<number>;
}

const MOST_RUNS = 15;
type TimeRange = Pick<TraceSelection, 'fromUnixNano' | 'toUnixNano'>;

/** Of spans.ts. */
const USER = 'user-123456';
const SEARCHES: readonly (readonly [Kind, string])[] = [
  ['attribute', '{ }'],
  ['attribute', `{ span.enduser.id = "${USER}" }`],
  ['attribute', '{ span.enduser.id = "nobody" }'],
  ['attribute', '{ span.http.route = "/api/checkout" }'],
  ['attribute', '{ resource.service.name = "payment" }'],
  ['attribute', '{ span.http.response.status_code >= 500 }'],
  ['attribute', '{ span.http.response.body.size > 19990 }'],
  ['attribute', '{ duration > 15ms }'],
  ['attribute', '{ span.server.address =~ "pay.*|cart.*" }'],
  ['attribute', '{ span.url.full =~ ".*/api/orders/123.*" }'],
  ['several conditions', `{ span.enduser.id = "${USER}" && resource.service.name = "cart" }`],
  ['several conditions', '{ span.http.route = "/api/checkout" && span.http.response.status_code = 503 }'],
  ['several conditions', '{ resource.service.name = "payment" && status = error }'],
  ['structure', '{ resource.service.name = "cart" } >> { status = error }'],
  ['structure', '{ resource.service.name = "cart" } > { status = error }'],
  ['structure', '{ resource.service.name = "cart" } ~ { status = error }'],
  ['structure', '{ status = error } << { resource.service.name = "cart" }'],
  ['structure', '{ kind = server } && { kind = client && status = error }'],
  ['pipeline', '{ status = error } | count() > 2'],
  ['pipeline', '{ resource.service.name = "payment" } | by(span.http.route) | avg(duration) > 10ms'],
  ['pipeline', '{ } | by(resource.service.name) | count() > 3'],
];
const METRICS = [
  '{ } | rate() by (resource.service.name)',
  '{ } | count_over_time() by (resource.service.name, span:name)',
  '{ status = error } | rate() by (span.http.route)',
  '{ span.http.route != nil } | quantile_over_time(duration, .5, .95) by (span.http.route)',
  '{ } | histogram_over_time(duration)',
  '({ status = error } | rate()) / ({ } | rate())',
];
const FACETS = ['resource.service.name', 'span:name', 'span:kind', 'span.http.route', 'span.http.response.status_code', 'resource.k8s.pod.name'].map(fieldOf);

/**
 * Asks every kind of question about all that is stored, the first time (as cold as it can be) and again until its share of
 * `seconds` is used up, at most 15 times.
 */
export async function measureQuestions(questions: TraceQuestions, range: TimeRange, seconds: number): Promise<QuestionFigures[]> {
  const all = questionsOf(questions, range);
  const figures: QuestionFigures[] = [];
  for (const { kind, text, ask } of all) {
    const took: number[] = [];
    const cpu: number[] = [];
    let found = 0;
    const began = performance.now();
    while (took.length < 2 || (took.length <= MOST_RUNS && performance.now() - began < (seconds * 1000) / all.length)) {
      const used = process.cpuUsage();
      const started = performance.now();
      found = await ask();
      took.push(performance.now() - started);
      const { user, system } = process.cpuUsage(used);
      cpu.push((user + system) / 1000);
    }
    const [first = NaN, ...again] = took;
    const [firstCpu = NaN, ...againCpu] = cpu;
    figures.push({ kind, question: text, found, runs: again.length, first, p50: quantile(again, 0.5), p95: quantile(again, 0.95), firstCpu, cpu: quantile(againCpu, 0.5) });
  }
  return figures;
}

function questionsOf(questions: TraceQuestions, range: TimeRange): Question[] {
  const select = (q: string, use: 'search' | 'metrics' = 'search'): TraceSelection => {
    const read = readTraceQl(q, use);
    if (!read.ok) throw new Error(`${q}: ${read.faults[0]?.message}`);
    return { query: read.query, ...range };
  };
  const search = (kind: Kind, q: string, over: Partial<Parameters<TraceQuestions['search']>[0]> = {}, said = ''): Question => {
    const request = { ...select(q), sort: 'newest', limit: 20, offset: 0, spansPerTrace: 3, ...over } as const;
    return { kind, text: `${q}${said}`, ask: async () => (await questions.search(request)).totalTraces };
  };
  const heatmap = (q: string, of: 'traces' | 'spans'): Question => ({ kind: 'heat map', text: `${of} of ${q}`, ask: async () => (await questions.heatmap({ ...select(q), of, timeBuckets: 60, durationBuckets: 30 })).total });
  const facets = (q: string): Question => ({ kind: 'facets', text: `six fields of ${q}`, ask: async () => (await questions.facets({ ...select(q), fields: FACETS, limit: 10 })).totalSpans });
  const deltas = (q: string, slowerThanMs: number): Question => ({ kind: 'differences', text: `${q}, slower than ${slowerThanMs} ms`, ask: async () => (await questions.deltas({ ...select(q), region: { of: 'spans', minDurationNano: String(slowerThanMs * 1_000_000) }, limit: 20 })).inside });
  const stepNano = String((BigInt(range.toUnixNano) - BigInt(range.fromUnixNano)) / 100n);
  const metrics = (q: string): Question => ({ kind: 'metrics', text: q, ask: async () => (await questions.metrics({ ...select(q, 'metrics'), stepNano, exemplars: 10 })).series.length });
  return [
    ...SEARCHES.map(([kind, q]) => search(kind, q)),
    search('order and pages', '{ }', { sort: 'longest' }, ', slowest first'),
    search('order and pages', '{ status = error }', { offset: 10_000 }, ', page 500'),
    heatmap('{ }', 'traces'),
    heatmap('{ }', 'spans'),
    heatmap('{ span.http.route = "/api/checkout" }', 'traces'),
    facets('{ }'),
    facets('{ status = error }'),
    facets('{ span.http.route = "/api/checkout" }'),
    deltas('{ }', 20),
    deltas('{ status = error }', 10),
    ...METRICS.map(metrics),
    { kind: 'percentile', text: 'of a span of cart, server, GET /api/checkout', ask: async () => (await questions.percentile({ service: 'cart', operation: 'GET /api/checkout', kind: 'server', durationNano: 5e6, ...range }))?.spans ?? 0 },
    { kind: 'catalogue', text: 'values of span.http.route', ask: async () => (await questions.attributeValues({ field: fieldOf('span.http.route'), limit: 20 })).length },
    { kind: 'catalogue', text: 'attributes', ask: async () => (await questions.attributes()).length },
  ];
}

function fieldOf(text: string): Parameters<TraceQuestions['facets']>[0]['fields'][number] {
  if (text.startsWith('span:')) return { kind: 'intrinsic', name: text as 'span:name' | 'span:kind' };
  const [scope = '', ...key] = text.split('.');
  return { kind: 'attribute', scope: scope as 'span' | 'resource', key: key.join('.') };
}

/** Of figures in any order, by nearest rank. */
export function quantile(figures: readonly number[], share: number): number {
  return figures.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(figures.length * share) - 1)] ?? NaN;
}
