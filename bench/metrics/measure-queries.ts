import { loadHistory } from './load-history.ts';
import { median } from './process-usage.ts';
import { bucketSeries, EDGE_LABELS, requestSeries } from './series.ts';
import { startBinnacle, startPrometheus, type MeasuredSystem } from './systems.ts';

export interface QueryFigures {
  readonly series: number;
  readonly query: string;
  /** Median milliseconds from the request to the last byte of the answer. */
  readonly ours: number;
  readonly theirs: number | undefined;
}

const STEP_MS = 15_000;
const WARM_RUNS = 3;

/** The queries that pages send, over `series` request series and as many bucket series. */
export async function measureQueries(series: number): Promise<QueryFigures[]> {
  const hours = series > 50_000 ? 0.25 : 1;
  const runs = series > 50_000 ? 5 : 9;
  const to = Math.floor(Date.now() / STEP_MS) * STEP_MS;
  const from = to - hours * 3_600_000 - 300_000;
  const ours = await startBinnacle({});
  const theirs = await startPrometheus({});
  const systems = theirs === undefined ? [ours] : [ours, theirs];
  try {
    await loadHistory({ series: [...requestSeries(series), ...bucketSeries(series)], from, to, stepMs: STEP_MS }, systems);
    // Between two samples: one that lies on the edge of a window counts for Prometheus 2 and, since its version 3, no more.
    const end = (to - 8000) / 1000;
    const at = String(end);
    const range = { start: String(end - hours * 3600), end: at, step: '15' };
    const asked: readonly (readonly [string, string, Record<string, string>])[] = [
      ['graph: sum by (13 labels)(rate([1m])), instant', '/query', { query: `sum by (${EDGE_LABELS.join(',')}) (rate(istio_requests_total[1m]))`, time: at }],
      ['requests per service, instant', '/query', { query: 'sum by (destination_service) (rate(istio_requests_total[1m]))', time: at }],
      ['p95 per workload, instant', '/query', { query: 'histogram_quantile(0.95, sum by (le, destination_workload) (rate(istio_request_duration_milliseconds_bucket[5m])))', time: at }],
      [`p95 per workload, ${hours} h at 15 s`, '/query_range', { query: 'histogram_quantile(0.95, sum by (le, destination_workload) (rate(istio_request_duration_milliseconds_bucket[5m])))', ...range }],
      [`requests per service, ${hours} h at 15 s`, '/query_range', { query: 'sum by (destination_service) (rate(istio_requests_total[5m]))', ...range }],
    ];
    const figures: QueryFigures[] = [];
    for (const [query, path, parameters] of asked) figures.push({ series, query, ...(await timeInTurns(ours, theirs, path, parameters, runs)) });
    return figures;
  } finally {
    await Promise.all(systems.map((system) => system.stop()));
  }
}

async function timeInTurns(ours: MeasuredSystem, theirs: MeasuredSystem | undefined, path: string, parameters: Record<string, string>, runs: number): Promise<{ ours: number; theirs: number | undefined }> {
  const took = { ours: [] as number[], theirs: [] as number[] };
  for (let i = 0; i < WARM_RUNS + runs; i++) {
    const mine = await timed(ours, path, parameters);
    const peer = theirs === undefined ? undefined : await timed(theirs, path, parameters);
    // A fast answer must also be a right one: as many series, and (in size) the same text.
    if (peer !== undefined && Math.abs(mine.bytes - peer.bytes) > 0.01 * peer.bytes + 50) throw new Error(`the answers to ${parameters['query']} differ: ${mine.bytes} and ${peer.bytes} bytes`);
    if (i < WARM_RUNS) continue;
    took.ours.push(mine.ms);
    if (peer !== undefined) took.theirs.push(peer.ms);
  }
  return { ours: median(took.ours), theirs: theirs === undefined ? undefined : median(took.theirs) };
}

async function timed(system: MeasuredSystem, path: string, parameters: Record<string, string>): Promise<{ ms: number; bytes: number }> {
  const started = performance.now();
  const answer = await system.query(path, parameters);
  return { ms: performance.now() - started, bytes: answer.length };
}
