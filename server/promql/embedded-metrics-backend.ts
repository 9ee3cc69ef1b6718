import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { ExemplarQuerier, LabelMatcher, MetricMetadata, Querier, TimeRange } from '#server/timeseries/storage.ts';
import { runInstantQuery, runRangeQuery, type EngineOptions, type QueryTimes, type RunOptions } from './engine.ts';
import { runExplain } from './explain.ts';
import { QueryError, type MetricsBackend, type QueryLimits } from './metrics-backend.ts';
import { walkExpr } from './ast.ts';
import { parsePromql, parseSelector } from './parse.ts';
import { toQueryJson } from './query-json.ts';

export interface EmbeddedBackendOptions extends EngineOptions {
  /** Tells the time of queries that name none, and when a query has run too long. */
  readonly clock: Pick<Clock, 'now'>;
  /** Milliseconds with a fraction, to time the parts of an explained query: most take less than one. The clock when left out. */
  readonly fineNow?: () => number;
  /** Longest time a query may take. Default 2 minutes, as Prometheus has it. */
  readonly timeoutMs?: number;
  /** Asked often while a query runs: true ends it as cancelled. For callers in another thread, whose signal is not seen here. */
  readonly isGivenUp?: () => boolean;
}

const DEFAULT_TIMEOUT_MS = 120_000;

/** What the backend reads: the store, and its metric metadata and exemplars where it keeps some. */
export type MetricsSource = Querier & Partial<ExemplarQuerier> & { metadata?(): Readonly<Record<string, MetricMetadata>> };

/** The embedded PromQL engine over a store. All methods reject with QueryError only. */
export function createEmbeddedMetricsBackend(store: MetricsSource, options: EmbeddedBackendOptions): MetricsBackend {
  const runOptions = ({ signal, timeoutMs, lookbackMs }: QueryLimits): RunOptions => {
    const deadline = options.clock.now() + Math.min(options.timeoutMs ?? DEFAULT_TIMEOUT_MS, timeoutMs ?? Infinity);
    const checkpoint = (): void => {
      if (signal?.aborted === true || options.isGivenUp?.() === true) throw new QueryError('canceled', 'query was canceled in expression evaluation');
      if (options.clock.now() > deadline) throw new QueryError('timeout', 'query timed out in expression evaluation');
    };
    return { ...options, checkpoint, ...(lookbackMs === undefined ? {} : { lookbackMs }) };
  };
  const backend: MetricsBackend = {
    async queryJson({ query, start, end, step, limit, stats, ...limits }) {
      const begun = options.clock.now();
      let samples = { touched: 0, peak: 0 };
      const run: RunOptions = { ...runOptions(limits), ...(stats === true ? { onSamples: (counted) => (samples = counted) } : {}) };
      const answer = step === undefined ? runInstantQuery(store, query, Math.round(start * 1000), run) : runRangeQuery(store, query, timesOf(start, end ?? start, step), run);
      return toQueryJson(answer, limit, stats === true ? { ...samples, seconds: (options.clock.now() - begun) / 1000 } : undefined);
    },
    async explain({ query, start, end, step, ...limits }) {
      const times = { start: Math.round(start * 1000), end: Math.round((step === undefined ? start : (end ?? start)) * 1000), step: step === undefined ? 0 : Math.max(1, Math.round(step * 1000)) };
      return runExplain(store, query, times, { ...runOptions(limits), now: options.fineNow ?? (() => options.clock.now()) });
    },
    async exemplars(promql, { start, end }) {
      return store.exemplars?.(selectorsOf(promql, options.experimental ?? false), rangeOf(start, end)) ?? [];
    },
    async query(promql, { time, ...limits } = {}) {
      const at = time === undefined ? options.clock.now() : Math.round(time * 1000);
      return runInstantQuery(store, promql, at, runOptions(limits));
    },
    async queryRange(promql, { start, end, step, ...limits }) {
      return runRangeQuery(store, promql, timesOf(start, end, step), runOptions(limits));
    },
    async series({ match, start, end }) {
      return store.series(selectors(match), rangeOf(start, end));
    },
    async labels({ match, start, end }) {
      return store.labelNames(selectors(match ?? []), rangeOf(start, end));
    },
    async labelValues(name, { match, start, end }) {
      return store.labelValues(name, selectors(match ?? []), rangeOf(start, end));
    },
    async metadata({ metric, limit }) {
      const all = Object.entries(store.metadata?.() ?? {}).filter(([name]) => metric === undefined || name === metric);
      return Object.fromEntries(all.slice(0, limit === undefined || limit < 0 ? undefined : limit).map(([name, entry]) => [name, [entry]]));
    },
  };
  return backend;
}

/** The steps of a range in Unix ms. Throws QueryError for a step that leads nowhere. */
function timesOf(start: number, end: number, step: number): QueryTimes {
  if (!(step > 0)) throw new QueryError('bad_data', 'zero or negative query resolution step widths are not accepted. Try a positive integer');
  return { start: Math.round(start * 1000), end: Math.round(end * 1000), step: Math.max(1, Math.round(step * 1000)) };
}

function selectors(match: readonly string[]): LabelMatcher[][] {
  return match.map((text) => {
    const parsed = parseSelector(text);
    if (!parsed.ok) throw new QueryError('bad_data', parsed.error.message);
    return [...parsed.matchers];
  });
}

/** The matchers of every selector in a query. Source: promql/parser/ast.go ExtractSelectors. */
function selectorsOf(promql: string, experimental: boolean): LabelMatcher[][] {
  const parsed = parsePromql(promql, { experimental });
  if (!parsed.ok) throw new QueryError('bad_data', parsed.error.message);
  const found: LabelMatcher[][] = [];
  walkExpr(parsed.expr, (node) => {
    if (node.kind === 'vector-selector') found.push([...node.matchers]);
  });
  return found;
}

function rangeOf(start: number | undefined, end: number | undefined): TimeRange {
  return { start: start === undefined ? -Infinity : start * 1000, end: end === undefined ? Infinity : end * 1000 };
}
