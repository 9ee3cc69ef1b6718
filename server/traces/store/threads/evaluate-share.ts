import { DamagedDataError } from '#server/timeseries/byte-reader.ts';
import type { EvaluatePart, LeftOut, SegmentHandle, Shares } from '../segment-source.ts';
import type { CancelFlag } from './messages.ts';

/** The evaluator of a module. Throws when the module has none: a bug. */
export async function loadEvaluator(address: string): Promise<EvaluatePart> {
  const module: unknown = await import(address);
  if (typeof module !== 'object' || module === null || !('evaluatePart' in module) || typeof module.evaluatePart !== 'function') throw new Error(`${address} exports no evaluatePart`);
  // Safe as far as anything imported at run time can be: the export has the name that stands for this type.
  return module.evaluatePart as EvaluatePart;
}

/** Calls the evaluator for segments; a damaged one is left out and told, whatever order it comes in. */
export function evaluateShare(evaluate: EvaluatePart, handles: readonly SegmentHandle[], task: unknown, cancel: CancelFlag): Shares {
  const cancelled = (): boolean => Atomics.load(cancel, 0) !== 0;
  try {
    return { parts: [evaluate(handles, task, cancelled)], leftOut: [] };
  } catch (error) {
    if (!(error instanceof DamagedDataError)) throw error;
  }
  const parts: unknown[] = [];
  const leftOut: LeftOut[] = [];
  for (const handle of handles) {
    try {
      parts.push(evaluate([handle], task, cancelled));
    } catch (error) {
      if (!(error instanceof DamagedDataError)) throw error;
      const { spanCount, minStartUnixNano, maxStartUnixNano } = handle;
      leftOut.push({ reason: error.message, about: { spans: spanCount, minStartUnixNano, maxStartUnixNano } });
    }
  }
  return { parts, leftOut };
}
