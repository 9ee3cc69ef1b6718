import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { planMerge } from '#server/traces/segment/merge-plan.ts';
import { mergePlanned } from '#server/traces/segment/merge-segments.ts';
import { packSegment } from '#server/traces/segment/packed-segment.ts';
import { openPackedSpans } from '#server/traces/segment/packed-spans.ts';
import type { ThreadMessage } from '#server/traces/threads/messages.ts';
import { serveThread, Transferred } from '#server/traces/threads/serve-thread.ts';
import { startThread, type Thread } from '#server/traces/threads/start-thread.ts';
import { NameCollector } from '../block/collect-names.ts';
import { traceKeyOf } from '../block/locate-trace.ts';
import { typeOfValue } from '../block/value-stats.ts';
import type { Catalogue } from '../segment-source.ts';
import { StoreWriter } from '../store-writer.ts';
import { createSharer } from '../writer-share.ts';
import { evaluateShare, loadEvaluator } from './evaluate-share.ts';
import type { CompactorVerbs, WriterData, WriterVerbs } from './messages.ts';

// The entry of the thread that writes: log, head, flushes. Merging blocks is done by a thread of its own, started when it is first needed.

async function run(port: MessagePort, data: WriterData): Promise<void> {
  const tell = (level: 'info' | 'warn' | 'error', fields: Readonly<Record<string, unknown>>, message: string): void => {
    const log: ThreadMessage = { kind: 'log', level, fields, message };
    port.postMessage(log);
  };
  const evaluate = await loadEvaluator(data.evaluator);
  let compactor: Promise<Thread<CompactorVerbs>> | undefined;
  const writer = await StoreWriter.open({
    ...data,
    tell,
    compact: async (job) => {
      compactor ??= startThread<CompactorVerbs>(new URL('compactor-thread.ts', import.meta.url), { name: 'traces compactor', log: tell }).catch((error: unknown) => {
        compactor = undefined;
        throw error;
      });
      await (await compactor).ask('compact', [job]);
    },
  });
  const share = createSharer(writer);
  const catalogue = createCatalogue(writer);
  serveThread<WriterVerbs>(port, {
    append: (spans, nowMs) => writer.append(spans, nowMs),
    appendPacked: (packed, nowMs) => writer.append(openPackedSpans(packed), nowMs),
    appendOtlp: (body, encoding, nowMs) => writer.appendOtlp(body, encoding, nowMs),
    share(task, window, cancel) {
      const { handles, blocks } = share();
      const wanted = window === undefined ? handles : handles.filter((h) => h.spanCount > 0 && h.minStartUnixNano <= window.toUnixNano && h.maxStartUnixNano >= window.fromUnixNano);
      const evaluated = evaluateShare(evaluate, wanted, task, cancel);
      return { ...evaluated, pin: writer.pin(), blocks };
    },
    trace(traceId) {
      const { hash } = traceKeyOf(traceId);
      const trace = writer.head.traces.get(traceId);
      const parts = trace === undefined ? [] : writer.head.partsOf(trace);
      const head = parts.length === 0 ? undefined : packSegment(mergePlanned(parts, planMerge(parts)));
      const blocks = writer.blocks.all.filter(({ file }) => file.mayHaveTrace(hash)).map(({ file, path }) => ({ id: file.id, path }));
      return new Transferred({ head, blocks, pin: writer.pin() }, head === undefined ? [] : [head.bytes.buffer]);
    },
    traceState(traceId) {
      const { hash } = traceKeyOf(traceId);
      const trace = writer.head.traces.get(traceId);
      // The times tell apart as many spans that were deleted and others that came.
      const spans = trace === undefined ? 0 : trace.open.length + trace.sealed.reduce((sum, { part, trace: t }) => sum + (part.segment.firstRow[t + 1] ?? 0) - (part.segment.firstRow[t] ?? 0), 0);
      return [...(trace === undefined || spans === 0 ? [] : [spans, trace.firstMs, trace.lastMs]), ...writer.blocks.all.filter(({ file }) => file.mayHaveTrace(hash)).map(({ file }) => file.id)].join(' ');
    },
    unpin: (pin) => writer.unpin(pin),
    catalogue,
    counts: () => writer.counts(),
    tick: (nowMs) => writer.tick(nowMs),
    flush: () => writer.flush('all'),
    sweep: (limits) => writer.sweep(limits),
    async close() {
      const closed = writer.close();
      // A merge may take long, and what it wrote does not count before it has ended.
      await (await compactor)?.kill();
      await closed;
    },
  });
}

/** Names of blocks and head. Those of blocks are put together again when there are other blocks. */
function createCatalogue(writer: StoreWriter): () => Catalogue {
  let known: { readonly head: number; readonly blocks: number; readonly catalogue: Catalogue } | undefined;
  return () => {
    const { head, blocksVersion } = writer;
    if (known?.head === head.version && known.blocks === blocksVersion) return known.catalogue;
    const names = new NameCollector();
    for (const { file } of writer.blocks.all) names.addMeta(file.meta);
    for (const segment of [...head.sealed.map((part) => part.segment), writer.openSegment()]) {
      names.addOperations(segment);
      const columnsOf = (owner: 'span' | 'event' | 'link') =>
        segment.attributeKeys(owner).map((key) => ({ key, types: [...new Set((segment.attribute(owner, key)?.values ?? []).map(({ value, types }) => typeOfValue(value, types?.[''])))] }));
      names.addColumns({ span: columnsOf('span'), event: columnsOf('event'), link: columnsOf('link') });
    }
    const { operations, keys } = names.finish();
    const catalogue: Catalogue = {
      operations: operations.map(([service, name, kind, spans, errors]) => ({ service, name, kind, spans, errors })),
      attributes: keys.map(([owner, key, types]) => ({ owner, key, types })),
    };
    known = { head: head.version, blocks: blocksVersion, catalogue };
    return catalogue;
  };
}

if (parentPort === null) throw new Error('this file is the entry of a thread');
await run(parentPort, workerData as WriterData);
