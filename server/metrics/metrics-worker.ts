import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { createFineClock, systemClock } from '#mesh-core/runtime/clock.ts';
import { createLogger } from '#mesh-core/runtime/logger.ts';
import { statusOfSeries, type TsdbStatus } from '#server/prometheus-api/tsdb-status.ts';
import { createEmbeddedMetricsBackend, type MetricsSource } from '#server/promql/embedded-metrics-backend.ts';
import { QueryError, type MetricsBackend, type QueryAnswer, type QueryJson } from '#server/promql/metrics-backend.ts';
import { toQueryJson } from '#server/promql/query-json.ts';
import { messageOf } from '#server/server-error.ts';
import { decodeCommit, encodeCommit } from '#server/timeseries/commit-codec.ts';
import type { Database } from '#server/timeseries/database.ts';
import { openDatabase } from '#server/timeseries/open-database.ts';
import type { BackendCall, FromWorker, MetricsWorkerData, SentAnswer, ToWorker, WorkerFailure } from './worker-protocol.ts';

// The entry of the metrics thread: the database and PromQL, whose work would hold up scraping and storing. Messages are
// taken one after the other, so that a query sees every commit that was acknowledged before it was asked.

const log = createLogger('metrics');
const fineNow = createFineClock();

async function run(port: MessagePort, { database: settings, engine, flags: shared }: MetricsWorkerData): Promise<void> {
  const say = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  const flags = new Int32Array(shared);
  let database: Database;
  try {
    database = await openDatabase(settings);
  } catch (error) {
    say({ kind: 'unopened', message: messageOf(error) });
    return;
  }
  const { series, nextRef, nextSegment, warnings } = database.recovered;
  const known = recoveredSeries(series);
  say({ kind: 'opened', series: known, nextRef, nextSegment, warnings }, [known.buffer]);

  const { querier } = database;
  const source: MetricsSource = {
    select: (matchers, range) => querier.select(matchers, range),
    series: (matchers, range) => querier.series(matchers, range),
    labelNames: (matchers, range) => querier.labelNames(matchers, range),
    labelValues: (name, matchers, range) => querier.labelValues(name, matchers, range),
    exemplars: (matchers, range) => querier.exemplars(matchers, range),
    metadata: () => database.metadata(),
  };
  const query = async ({ id, slot, deadline, call }: Extract<ToWorker, { kind: 'call' }>): Promise<void> => {
    try {
      const isGivenUp = (): boolean => Atomics.load(flags, slot) !== 0;
      if (isGivenUp()) throw new QueryError('canceled', 'query was canceled in expression evaluation');
      // Also when it is over: the engine tells what is wrong with the query first.
      const timeoutMs = deadline - systemClock.now();
      const value = await callBackend(createEmbeddedMetricsBackend(source, { ...engine, clock: systemClock, fineNow, timeoutMs, isGivenUp }), call);
      say({ kind: 'answer', id, value }, buffersOf(call, value));
    } catch (error) {
      say({ kind: 'failure', id, failure: failureOf(error) });
    }
  };
  // Blocks are written and compacted in slices between messages, but only one such work at a time.
  let chores: Promise<unknown> = Promise.resolve();
  const chore = (id: number, work: () => Promise<unknown>): void => {
    chores = chores.then(work).then(
      (value) => say({ kind: 'answer', id, value }),
      (error: unknown) => {
        log.error({ error: messageOf(error) }, 'the metrics database could not do its upkeep');
        say({ kind: 'failure', id, failure: failureOf(error) });
      },
    );
  };

  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'commit':
        // A commit was checked before it was written: when it cannot be applied the thread ends and starts again from disk.
        database.apply(decodeCommit(message.bytes));
        say({ kind: 'applied', bytes: message.bytes.byteLength });
        break;
      case 'call':
        void query(message);
        break;
      case 'snapshot': {
        const done = database.snapshot(message.coveredSegment);
        chore(message.id, () => done);
        break;
      }
      case 'maintain':
        chore(message.id, () => database.maintain(message.now));
        break;
      case 'stats':
        say({ kind: 'answer', id: message.id, value: database.stats() });
        break;
      case 'status':
        say({ kind: 'answer', id: message.id, value: statusOf(database, message.limit) });
        break;
      case 'close':
        chore(message.id, () => database.close());
        chores = chores.then(() => port.close());
        break;
    }
  });
}

async function callBackend(backend: MetricsBackend, call: BackendCall): Promise<unknown> {
  switch (call.verb) {
    case 'query':
      return toSent(await backend.query(...call.args));
    case 'queryRange':
      return toSent(await backend.queryRange(...call.args));
    case 'queryJson':
      return backend.queryJson(...call.args);
    case 'explain':
      return backend.explain(...call.args);
    case 'exemplars':
      return backend.exemplars(...call.args);
    case 'series':
      return backend.series(...call.args);
    case 'labels':
      return backend.labels(...call.args);
    case 'labelValues':
      return backend.labelValues(...call.args);
    case 'metadata':
      return backend.metadata(...call.args);
  }
}

function toSent(answer: QueryAnswer): SentAnswer {
  const { value } = answer;
  const hasHistograms = (value.resultType === 'vector' && value.result.some(({ histogram }) => histogram !== undefined)) || (value.resultType === 'matrix' && value.result.some(({ histograms }) => histograms !== undefined && histograms.length > 0));
  return hasHistograms ? { kind: 'objects', answer } : { kind: 'json', json: toQueryJson(answer) };
}

/** What need not be copied on its way. Safe because each method gives what is named here. */
function buffersOf({ verb }: BackendCall, value: unknown): ArrayBuffer[] {
  if (verb === 'queryJson') return [(value as QueryJson).data.buffer];
  if (verb !== 'query' && verb !== 'queryRange') return [];
  const sent = value as SentAnswer;
  return sent.kind === 'json' ? [sent.json.data.buffer] : [];
}

function recoveredSeries(series: Database['recovered']['series']): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    encodeCommit({
      series,
      count: series.length,
      refs: Int32Array.from(series, ({ ref }) => ref),
      timestamps: Float64Array.from(series, ({ lastTime }) => lastTime),
      values: Float64Array.from(series, ({ lastValue }) => lastValue),
      exemplars: [],
      metadata: [],
      dropped: new Int32Array(0),
    }),
  );
}

function statusOf(database: Database, limit: number): TsdbStatus {
  const { headChunks, headMinTime, headMaxTime } = database.stats();
  const counted = statusOfSeries(database.querier.series([], { start: headMinTime, end: headMaxTime }), limit);
  // Prometheus tells 0 of a head without samples.
  const times = headMinTime <= headMaxTime ? { minTime: headMinTime, maxTime: headMaxTime } : {};
  return { ...counted, headStats: { ...counted.headStats, chunkCount: headChunks, ...times } };
}

function failureOf(error: unknown): WorkerFailure {
  if (error instanceof QueryError) return { errorType: error.errorType, message: error.message };
  log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'a query failed unexpectedly');
  return { errorType: 'internal', message: messageOf(error) };
}

if (parentPort === null) throw new Error('metrics-worker.ts is the entry of a thread');
// Safe because only metrics-thread.ts starts this thread.
await run(parentPort, workerData as MetricsWorkerData);
