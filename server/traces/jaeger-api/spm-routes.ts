import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Route } from '#server/http/route.ts';
import { ServerError } from '#server/server-error.ts';
import type { AttributeValue } from '../trace-backend.ts';
import type { TraceMetricsAnswer } from '../trace-questions.ts';
import type { Attribute, FieldExpression, Intrinsic, MetricsStage, Static, TraceQl } from '../traceql/ast.ts';
import { jsonAnswer, legacyRefusal } from './answers.ts';
import type { JaegerApiTraces } from './jaeger-backend.ts';
import { jaegerRoute, type JaegerCall } from './jaeger-route.ts';
import { compare, joined, serviceIs } from './jaeger-search.ts';
import { booleanIn, indentOf, timeIn } from './legacy-parameters.ts';
import { firstOf } from './read-parameters.ts';
import { quantileOfBuckets, slidingSums } from './sliding-window.ts';

const MILLISECOND = 1_000_000n;
const HOUR = 3_600_000n * MILLISECOND;
const MOST_POINTS = 11_000n;
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const NAMES = ['service', 'groupByOperation', 'endTs', 'lookback', 'step', 'ratePer', 'spanKind', 'quantile'];
const SERVICE: Attribute = { kind: 'attribute', scope: 'resource', key: 'service.name' };
const OPERATION: Intrinsic = { kind: 'intrinsic', name: 'span:name' };

interface SpmRequest {
  readonly services: readonly string[];
  readonly byOperation: boolean;
  readonly kinds: readonly (typeof KINDS)[number][];
  readonly endNano: bigint;
  readonly lookbackNano: bigint;
  readonly stepNano: bigint;
  /** The window that every point looks back over. */
  readonly windowNano: bigint;
}

/** Sums of one group over windows that end at the times of the answer. */
interface Windows {
  readonly labels: Readonly<Record<string, AttributeValue>>;
  readonly sums: readonly number[];
}

/**
 * What the Monitor page of Jaeger's UI asks for: latencies, calls and errors over time, by service or by operation. Every
 * point looks back over `ratePer`, as `rate(…[ratePer])` does, but is counted from the spans, so that there is nothing to
 * set up. Latencies are milliseconds, interpolated within buckets of powers of two. Source: internal/storage/metricstore.
 */
export function jaegerSpmRoutes(traces: JaegerApiTraces, clock: Pick<Clock, 'now'>): Route[] {
  const row = (name: string, summary: string, handle: (call: JaegerCall) => Promise<Response>, names: readonly string[] = NAMES): Route => jaegerRoute({ path: `/api/metrics/${name}`, summary, names, handle, refusal: legacyRefusal });
  return [
    row('calls', 'Calls a second over time, in the model of Jaeger’s Monitor page.', async ({ query, signal }) => {
      const request = readSpm(query, clock.now());
      const calls = await counted(traces, request, signal);
      return family(query, request, 'service_call_rate', 'calls/sec, grouped by service', calls.times, calls.windows.map(({ labels, sums }) => ({ labels, values: sums.map((sum) => sum / (Number(request.windowNano) / 1e9)) })));
    }),
    row('errors', 'The share of calls that failed over time, in the model of Jaeger’s Monitor page.', async ({ query, signal }) => {
      const request = readSpm(query, clock.now());
      const calls = await counted(traces, request, signal);
      const failed = await counted(traces, request, signal, compare({ kind: 'intrinsic', name: 'span:status' }, '=', { type: 'status', value: 'error' }));
      const failedOf = new Map(failed.windows.map(({ labels, sums }) => [JSON.stringify(labels), sums]));
      const shares = calls.windows.map(({ labels, sums }) => ({ labels, values: sums.map((sum, i) => (sum === 0 ? Number.NaN : (failedOf.get(JSON.stringify(labels))?.[i] ?? 0) / sum)) }));
      return family(query, request, 'service_error_rate', 'error rate, computed as a fraction of errors/sec over calls/sec, grouped by service', calls.times, shares);
    }),
    row('latencies', 'A quantile of latency over time, in the model of Jaeger’s Monitor page.', async ({ query, signal }) => {
      const given = firstOf(query, 'quantile');
      const quantile = given === undefined ? Number.NaN : Number(given.value);
      if (!(quantile >= 0 && quantile <= 1)) throw new ServerError('bad-request', `unable to parse param 'quantile': "${given?.value ?? ''}" is not a number from 0 to 1`);
      const request = readSpm(query, clock.now());
      const { times, windows } = await measured(traces, request, signal, { function: 'histogram_over_time', of: { kind: 'intrinsic', name: 'span:duration' } });
      const groups = Map.groupBy(windows, ({ labels: { __bucket: _, ...rest } }) => JSON.stringify(rest));
      const values = [...groups].map(([key, buckets]) => ({
        // Safe because the key was made from labels just above.
        labels: JSON.parse(key) as Readonly<Record<string, AttributeValue>>,
        values: times.map((_, i) => quantileOfBuckets(buckets.map(({ labels, sums }) => ({ upTo: Number(labels['__bucket']) * 1000, count: sums[i] ?? 0 })), quantile)),
      }));
      return family(query, request, 'service_latencies', `${quantile.toFixed(2)}th quantile latency, grouped by service`, times, values);
    }),
    row('minstep', 'The smallest step that points can have, milliseconds.', async ({ query }) => jsonAnswer({ data: 1000, total: 0, limit: 0, offset: 0, errors: null }, { indent: indentOf(query) }), ['prettyPrint']),
  ];
}

/** Reads the parameters; times and durations are milliseconds. Throws ServerError `bad-request`. */
function readSpm(query: URLSearchParams, nowMs: number): SpmRequest {
  // Jaeger's UI joins several services as `service=a,service=b`.
  const services = query.getAll('service').flatMap((given) => given.split(',service=')).filter((name) => name !== '');
  if (services.length === 0) throw new ServerError('bad-request', "unable to parse param 'service': please provide at least one service name");
  const kinds = query.getAll('spanKind').map((given) => {
    const kind = KINDS.find((k) => k === given);
    if (kind === undefined) throw new ServerError('bad-request', `unable to parse param 'spanKind': unsupported span kind: '${given}'`);
    return kind;
  });
  const positive = (name: string, otherwise: bigint): bigint => {
    const value = timeIn(query, name, MILLISECOND) ?? otherwise;
    if (value <= 0n) throw new ServerError('bad-request', `unable to parse param '${name}': it must be above 0`);
    return value;
  };
  const stepNano = positive('step', 5000n * MILLISECOND);
  const lookbackNano = positive('lookback', HOUR);
  const windowNano = positive('ratePer', 600_000n * MILLISECOND);
  if ((lookbackNano + windowNano) / stepNano > MOST_POINTS) throw new ServerError('bad-request', `unable to parse param 'step': it gives more than ${MOST_POINTS} points`);
  return { services, byOperation: booleanIn(query, 'groupByOperation'), kinds: kinds.length === 0 ? ['server'] : kinds, endNano: timeIn(query, 'endTs', MILLISECOND) ?? BigInt(nowMs) * MILLISECOND, lookbackNano, stepNano, windowNano };
}

function counted(traces: JaegerApiTraces, request: SpmRequest, signal: AbortSignal, condition?: FieldExpression): Promise<{ readonly times: readonly number[]; readonly windows: readonly Windows[] }> {
  return measured(traces, request, signal, { function: 'count_over_time' }, condition);
}

async function measured(traces: JaegerApiTraces, request: SpmRequest, signal: AbortSignal, stage: Pick<MetricsStage, 'function' | 'of'>, condition?: FieldExpression): Promise<{ readonly times: readonly number[]; readonly windows: readonly Windows[] }> {
  const { services, byOperation, kinds, endNano, lookbackNano, stepNano, windowNano } = request;
  const either = (conditions: readonly FieldExpression[]): FieldExpression[] => {
    const all = joined(conditions, '||');
    return all === undefined ? [] : [all];
  };
  const kindIs = (value: (typeof KINDS)[number]): FieldExpression => compare({ kind: 'intrinsic', name: 'span:kind' }, '=', { type: 'kind', value } satisfies Static);
  const whole = joined([...either(services.map(serviceIs)), ...either(kinds.map(kindIs)), ...(condition === undefined ? [] : [condition])], '&&');
  const query: TraceQl = {
    pipeline: { kind: 'pipeline', stages: [{ kind: 'filter', ...(whole === undefined ? {} : { condition: whole }) }] },
    metrics: { kind: 'metrics', ...stage, by: byOperation ? [SERVICE, OPERATION] : [SERVICE] },
  };
  const answer = await traces.metrics({ query, fromUnixNano: String(endNano - lookbackNano - windowNano), toUnixNano: String(endNano), stepNano: String(stepNano), exemplars: 0 }, signal);
  return windowsOf(answer, request);
}

function windowsOf({ timesUnixNano, series }: TraceMetricsAnswer, { endNano, lookbackNano, stepNano, windowNano }: SpmRequest): { readonly times: readonly number[]; readonly windows: readonly Windows[] } {
  const points = Math.max(1, Number((windowNano + stepNano - 1n) / stepNano));
  // Before the lookback there is only what the first windows look back to; a window that ends later is not full yet.
  const within = (time: string): boolean => BigInt(time) >= endNano - lookbackNano && BigInt(time) <= endNano;
  const first = timesUnixNano.findIndex(within);
  const last = timesUnixNano.findLastIndex(within) + 1;
  return {
    times: timesUnixNano.slice(Math.max(0, first), last).map((time) => Number(BigInt(time) / MILLISECOND)),
    windows: series.map(({ labels, values }) => ({ labels, sums: slidingSums(values, points).slice(Math.max(0, first), last) })),
  };
}

/** A MetricFamily (proto-gen/api_v2/metrics) as jsonpb writes it. */
function family(query: URLSearchParams, { byOperation }: SpmRequest, name: string, help: string, times: readonly number[], series: readonly { readonly labels: Readonly<Record<string, AttributeValue>>; readonly values: readonly number[] }[]): Response {
  return jsonAnswer(
    {
      name: byOperation ? name.replace('service', 'service_operation') : name,
      type: 'GAUGE',
      help: byOperation ? `${help} & operation` : help,
      metrics: series.map(({ labels, values }) => ({
        labels: [...(byOperation ? [{ name: 'operation', value: String(labels['span:name'] ?? '') }] : []), { name: 'service_name', value: String(labels['resource.service.name'] ?? '') }],
        metricPoints: values.map((value, i) => ({ gaugeValue: { doubleValue: Number.isFinite(value) ? value : 'NaN' }, timestamp: new Date(times[i] ?? 0).toISOString() })),
      })),
    },
    { indent: indentOf(query) },
  );
}
