import { isServerError } from '#server/http/respond.ts';
import { messageOf } from '#server/server-error.ts';
import { traceWarnings } from '#server/traces/core/trace-warnings.ts';
import { createQuestions, type LookAt, type Looked } from '#server/traces/engine/create-questions.ts';
import { buildSegment } from '#server/traces/segment/build-segment.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { createSpanReader } from '#server/traces/segment/span-at.ts';
import type { SegmentSource } from '#server/traces/store/segment-source.ts';
import type { Span, TraceBackend, TraceOperation } from '#server/traces/trace-backend.ts';
import type { AttributeInfo, AttributeValueInfo, TraceQuestions } from '#server/traces/trace-questions.ts';

/** A backend that also gives what it looks at for a question, so that several can be looked at together. */
export interface LookedAtBackend extends TraceBackend {
  readonly lookAt: LookAt;
}
export interface CombinedPart {
  readonly backend: LookedAtBackend;
  /** Whether there is nothing in it now: then it is not asked. */
  readonly isEmpty?: () => Promise<boolean>;
}

/**
 * Several stores of traces as one: questions are answered over the spans of all of them, a trace is read from wherever its
 * spans are. While only one of them has anything, that one is asked as it is. A store that cannot be reached does not hide
 * the others: it is told in `notes`, and the answer is not exact. Rejects when none can be reached.
 */
export function createCombinedBackend(parts: readonly CombinedPart[]): TraceBackend {
  const backends = parts.map((p) => p.backend);
  const filled = async (): Promise<readonly LookedAtBackend[]> => {
    const empty = await Promise.all(parts.map(async (p) => (await p.isEmpty?.()) ?? false));
    const some = backends.filter((_, i) => empty[i] !== true);
    return some.length === 0 ? backends.slice(0, 1) : some;
  };
  const together = createQuestions(async (selection, signal) => joinLooked(await settled(await filled(), (b) => b.lookAt(selection, signal), signal)));
  /** The one store that has something, or all of them together. */
  const asked = async (): Promise<TraceQuestions> => {
    const some = await filled();
    return some.length === 1 ? (some[0] ?? together) : together;
  };
  const each = async <T>(ask: (backend: LookedAtBackend) => Promise<T>, isNothing: (value: T) => boolean): Promise<T[]> => {
    const answers = await settled(await filled(), ask, undefined);
    const values = answers.flatMap((a) => ('value' in a ? [a.value] : []));
    const failed = answers.find((a) => 'error' in a);
    // What the others lack may be where nobody can look now.
    if (failed !== undefined && 'error' in failed && values.every(isNothing)) throw failed.error;
    return values;
  };
  return {
    search: async (request, signal) => (await asked()).search(request, signal),
    heatmap: async (request, signal) => (await asked()).heatmap(request, signal),
    facets: async (request, signal) => (await asked()).facets(request, signal),
    deltas: async (request, signal) => (await asked()).deltas(request, signal),
    metrics: async (request, signal) => (await asked()).metrics(request, signal),
    percentile: async (request, signal) => (await asked()).percentile(request, signal),
    traffic: async (request, signal) => (await asked()).traffic(request, signal),
    attributes: async (signal) => joinAttributes(await each((b) => b.attributes(signal), (list) => list.length === 0)),
    attributeValues: async (request, signal) => joinValues(await each((b) => b.attributeValues(request, signal), (list) => list.length === 0)).slice(0, request.limit),
    describe: () => {
      const described = backends.map((b) => b.describe());
      return {
        name: described.map((d) => d.name).join(' and '),
        kind: 'combined',
        capabilities: { exact: described.every((d) => d.capabilities.exact), live: described.some((d) => d.capabilities.live), writable: described.some((d) => d.capabilities.writable) },
        notes: [],
        parts: described,
      };
    },
    async get(traceId) {
      const found = (await each((b) => b.get(traceId), (trace) => trace === undefined)).filter((trace) => trace !== undefined);
      const [first] = found;
      if (first === undefined || found.length === 1) return first;
      const spans = distinct(found.map((trace) => trace.spans));
      return { traceId, spans, warnings: [...new Set([...found.flatMap((trace) => trace.warnings.filter((w) => w.includes(' gave a part of '))), ...traceWarnings(spans)])] };
    },
    async segment(traceId) {
      const found = (await each((b) => b.segment(traceId), (segment) => segment === undefined)).filter((segment) => segment !== undefined);
      return found.length < 2 ? found[0] : buildSegment(distinct(found.map(spansOf)));
    },
    services: async () => [...new Set((await each((b) => b.services(), (list) => list.length === 0)).flat())].sort(),
    operations: async (service) => joinOperations(await each((b) => b.operations(service), (list) => list.length === 0)),
  };
}

type Settled<T> = { readonly name: string; readonly value: T } | { readonly name: string; readonly error: unknown };

/** Asks all; rejects when all failed, when the question is at fault, or when it was given up. */
async function settled<T>(backends: readonly LookedAtBackend[], ask: (backend: LookedAtBackend) => Promise<T>, signal: AbortSignal | undefined): Promise<readonly Settled<T>[]> {
  const answers = await Promise.all(
    backends.map(async (backend): Promise<Settled<T>> => {
      const { name } = backend.describe();
      try {
        return { name, value: await ask(backend) };
      } catch (error) {
        signal?.throwIfAborted();
        if (!isServerError(error) || (error.code !== 'upstream' && error.code !== 'timeout')) throw error;
        return { name, error };
      }
    }),
  );
  const [first] = answers;
  if (first !== undefined && 'error' in first && answers.every((a) => 'error' in a)) throw first.error;
  return answers;
}

function joinLooked(answers: readonly Settled<Looked>[]): Looked {
  const looked = answers.flatMap((a) => ('value' in a ? [a.value] : []));
  const failed = answers.flatMap((a) => ('error' in a ? [messageOf(a.error)] : []));
  return { source: joinSources(looked.map((l) => l.source)), exact: failed.length === 0 && looked.every((l) => l.exact), notes: [...failed, ...looked.flatMap((l) => l.notes)] };
}

function joinSources(sources: readonly SegmentSource[]): SegmentSource {
  return {
    fanOut: async (task, options) => {
      const shares = await Promise.all(sources.map((s) => s.fanOut(task, options)));
      return { parts: shares.flatMap((s) => s.parts), leftOut: shares.flatMap((s) => s.leftOut) };
    },
    segment: async (traceId) => {
      const found = (await Promise.all(sources.map((s) => s.segment(traceId)))).filter((segment) => segment !== undefined);
      return found.length < 2 ? found[0] : buildSegment(distinct(found.map(spansOf)));
    },
    catalogue: async () => {
      const all = await Promise.all(sources.map((s) => s.catalogue()));
      return { operations: all.flatMap((c) => c.operations), attributes: all.flatMap((c) => c.attributes) };
    },
  };
}

function spansOf(segment: Segment): Span[] {
  const { spanAt } = createSpanReader(segment);
  return Array.from({ length: segment.spanCount }, (_, row) => spanAt(row));
}

/** The spans of all lists, those with the same id, start and name once: what was exported here and read there. */
function distinct(lists: readonly (readonly Span[])[]): Span[] {
  const known = new Set<string>();
  return lists.flatMap((spans, i) => {
    const key = (span: Span): string => `${span.spanId} ${span.startUnixNano} ${span.name}`;
    // Within one store equal ids are two spans, and stay two.
    const fresh = i === 0 ? spans : spans.filter((span) => !known.has(key(span)));
    for (const span of spans) known.add(key(span));
    return fresh;
  });
}

function joinAttributes(lists: readonly (readonly AttributeInfo[])[]): AttributeInfo[] {
  const byName = new Map<string, AttributeInfo>();
  for (const info of lists.flat()) {
    const known = byName.get(`${info.scope} ${info.key}`);
    byName.set(`${info.scope} ${info.key}`, known === undefined ? info : { ...known, types: [...new Set([...known.types, ...info.types])] });
  }
  return [...byName.values()];
}

/** The most frequent first; those that are not counted after them. */
function joinValues(lists: readonly (readonly AttributeValueInfo[])[]): AttributeValueInfo[] {
  const byValue = new Map<string, AttributeValueInfo>();
  for (const info of lists.flat()) {
    const key = JSON.stringify([info.type, info.value]);
    const known = byValue.get(key);
    byValue.set(key, known === undefined ? info : { ...known, ...(known.spans === undefined && info.spans === undefined ? {} : { spans: (known.spans ?? 0) + (info.spans ?? 0) }) });
  }
  return [...byValue.values()].sort((a, b) => (b.spans ?? -1) - (a.spans ?? -1));
}

function joinOperations(lists: readonly (readonly TraceOperation[])[]): TraceOperation[] {
  const byName = new Map<string, TraceOperation>();
  for (const operation of lists.flat()) {
    const key = `${operation.name}\n${operation.kind}`;
    const known = byName.get(key);
    byName.set(key, known === undefined ? operation : { ...known, ...(known.spans === undefined && operation.spans === undefined ? {} : { spans: (known.spans ?? 0) + (operation.spans ?? 0) }) });
  }
  return [...byName.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, operation]) => operation);
}
