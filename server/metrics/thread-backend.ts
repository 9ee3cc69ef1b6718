import type { MetricsBackend, QueryAnswer, QueryLimits } from '#server/promql/metrics-backend.ts';
import { readQueryData } from '#server/promql/read-query-data.ts';
import type { WorkerCalls } from './worker-calls.ts';
import type { SentAnswer } from './worker-protocol.ts';

const DEFAULT_TIMEOUT_MS = 120_000;

/**
 * The metrics backend whose database and engine run in another thread. `timeoutMs` is the longest time of a query, waiting
 * included. All methods reject with QueryError only.
 */
export function createThreadBackend(calls: Pick<WorkerCalls, 'ask'>, timeoutMs = DEFAULT_TIMEOUT_MS): MetricsBackend {
  // A signal cannot be sent to another thread.
  const apart = <T extends QueryLimits>({ signal, timeoutMs: asked = timeoutMs, ...rest }: T) => ({ rest, limits: { signal, timeoutMs: asked < timeoutMs ? asked : timeoutMs } });
  const received = (sent: SentAnswer): QueryAnswer => (sent.kind === 'objects' ? sent.answer : { value: readQueryData(sent.json.data), warnings: sent.json.warnings, infos: sent.json.infos });
  return {
    async query(promql, options = {}) {
      const { rest, limits } = apart(options);
      return received(await calls.ask<'query'>({ verb: 'query', args: [promql, rest] }, limits));
    },
    async queryRange(promql, options) {
      const { rest, limits } = apart(options);
      return received(await calls.ask<'queryRange'>({ verb: 'queryRange', args: [promql, rest] }, limits));
    },
    queryJson(request) {
      const { rest, limits } = apart(request);
      return calls.ask<'queryJson'>({ verb: 'queryJson', args: [rest] }, limits);
    },
    explain(request) {
      const { rest, limits } = apart(request);
      return calls.ask<'explain'>({ verb: 'explain', args: [rest] }, limits);
    },
    exemplars: (promql, range) => calls.ask<'exemplars'>({ verb: 'exemplars', args: [promql, range] }, { timeoutMs }),
    series: (options) => calls.ask<'series'>({ verb: 'series', args: [options] }, { timeoutMs }),
    labels: (options) => calls.ask<'labels'>({ verb: 'labels', args: [options] }, { timeoutMs }),
    labelValues: (name, options) => calls.ask<'labelValues'>({ verb: 'labelValues', args: [name, options] }, { timeoutMs }),
    metadata: (options) => calls.ask<'metadata'>({ verb: 'metadata', args: [options] }, { timeoutMs }),
  };
}
