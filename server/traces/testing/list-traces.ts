import { hexOf } from '#server/traces/segment/span-at.ts';
import { TaskCancelled, type EvaluatePart } from '#server/traces/store/segment-source.ts';

/** An evaluator for tests of the store: `list` gives `TRACE:SPANS` of every trace that is not to be passed over; `wait` goes on until it is cancelled; anything else fails. */
export const evaluatePart: EvaluatePart = (handles, task, cancelled) => {
  if (task === 'wait') {
    while (!cancelled()) continue;
    throw new TaskCancelled();
  }
  if (task !== 'list') throw new Error('no such task');
  return handles.flatMap((handle) => {
    const { traceIds, traceCount, firstRow } = handle.open();
    const skipped = new Set(handle.skippedTraces);
    return Array.from({ length: traceCount }, (_, t) => t).flatMap((t) => (skipped.has(t) ? [] : [`${hexOf(traceIds, t * 16, 16)}:${(firstRow[t + 1] ?? 0) - (firstRow[t] ?? 0)}`]));
  });
};
