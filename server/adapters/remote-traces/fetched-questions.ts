import type { Clock } from '#mesh-core/runtime/clock.ts';
import { createQuestions, type LookAt, type Looked } from '#server/traces/engine/create-questions.ts';
import { memorySource } from '#server/traces/engine/memory-source.ts';
import { compare, joined, serviceIs } from '#server/traces/jaeger-api/jaeger-search.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Span } from '#server/traces/trace-backend.ts';
import type { Completeness, PercentileRequest, TraceQuestions, TraceSelection } from '#server/traces/trace-questions.ts';
import type { TraceQl } from '#server/traces/traceql/ast.ts';
import { RecentAnswers } from './recent-answers.ts';

/** Whole traces that a store elsewhere gave, and what must be known of them. */
export interface Fetched extends Completeness {
  readonly spans: readonly Span[];
}
/** What a store is asked for in place of a query: it may give more than matches, never less but by what `notes` say. */
export interface FetchPlan {
  /** Two plans of one key fetch the same. */
  readonly key: string;
  fetch(fromUnixNano: bigint, toUnixNano: bigint): Promise<Fetched>;
}

const SECOND = 1_000_000_000n;
/** Ranges are fetched in these steps, so that questions asked one after another of "the last hour" share what was fetched. */
const GRAIN = 10n * SECOND;
const HOUR = 3600n * SECOND;
const MAX_NANO = 9_223_372_036_854_775_807n;
const KEEP_MS = 15_000;
const KEPT_ANSWERS = 4;
const EVERYTHING: TraceQl = { pipeline: { kind: 'pipeline', stages: [{ kind: 'filter' }] } };

/**
 * Questions about traces elsewhere, answered here from whole traces that are fetched for each: exact over these, with the
 * semantics of the embedded store, whatever the store elsewhere can evaluate itself.
 */
export function createFetchedQuestions({ plan, clock }: { readonly plan: (query: TraceQl) => FetchPlan; readonly clock: Pick<Clock, 'now'> }): TraceQuestions & { readonly lookAt: LookAt } {
  const recent = new RecentAnswers<Looked>({ clock, keepMs: KEEP_MS, limit: KEPT_ANSWERS });
  const lastHour = (): TraceSelection => {
    const now = BigInt(clock.now()) * 1_000_000n;
    return { query: EVERYTHING, fromUnixNano: String(now - HOUR), toUnixNano: String(now) };
  };
  const lookAt: LookAt = (asked, signal) => {
    const selection = selectionOf(asked ?? lastHour());
    const { key, fetch } = plan(selection.query);
    const from = floor(clamped(BigInt(selection.fromUnixNano)));
    const to = clamped(floor(clamped(BigInt(selection.toUnixNano))) + GRAIN);
    const looked = recent.get(`${from} ${to} ${key}`, async () => {
      const { spans, exact, notes } = await fetch(from, to);
      return { source: memorySource([buildSegment(spans)]), exact, notes };
    });
    return signal === undefined ? looked : orAborted(looked, signal);
  };
  const questions = createQuestions(lookAt);
  return {
    ...questions,
    lookAt,
    // Without a selection it would be all time, which is more than a store elsewhere should be asked for.
    attributeValues: (request, signal) => questions.attributeValues({ ...request, selection: request.selection ?? lastHour() }, signal),
  };
}

function selectionOf(asked: TraceSelection | PercentileRequest): TraceSelection {
  if ('query' in asked) return asked;
  const { service, operation, kind, fromUnixNano, toUnixNano } = asked;
  const conditions = [serviceIs(service), compare({ kind: 'intrinsic', name: 'span:name' }, '=', { type: 'string', value: operation }), compare({ kind: 'intrinsic', name: 'span:kind' }, '=', { type: 'kind', value: kind })];
  const condition = joined(conditions, '&&');
  return { query: { pipeline: { kind: 'pipeline', stages: [{ kind: 'filter', ...(condition === undefined ? {} : { condition }) }] } }, fromUnixNano, toUnixNano };
}

function floor(nano: bigint): bigint {
  return nano - (nano % GRAIN);
}

function clamped(nano: bigint): bigint {
  return nano < 0n ? 0n : nano > MAX_NANO ? MAX_NANO : nano;
}

/** One that gives up does not end what others wait for too. */
function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('The question was given up.'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    void answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
