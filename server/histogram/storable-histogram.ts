import type { FloatHistogram } from './float-histogram.ts';
import { fromInteger } from './from-integer.ts';
import { isKnownSchema, MAX_EXPONENTIAL_SCHEMA } from './histogram-schema.ts';
import type { IntegerHistogram } from './integer-histogram.ts';
import { toSchema } from './reduce-resolution.ts';
import { validateHistogram, validateIntegerHistogram, type HistogramProblem } from './validate-histogram.ts';

/** A histogram as it was received. */
export type ReceivedHistogram = { readonly kind: 'float'; readonly histogram: FloatHistogram } | { readonly kind: 'integer'; readonly histogram: IntegerHistogram };
export type StorableHistogram = { readonly ok: true; readonly histogram: FloatHistogram } | { readonly ok: false; readonly problem: HistogramProblem };

/**
 * Checks a histogram that was received and gives it as it is stored: with absolute counts, and in the finest schema that is
 * stored when its own is finer. Source: Prometheus storage/remote/write_handler.go, scrape/target.go.
 */
export function storableHistogram(received: ReceivedHistogram): StorableHistogram {
  const { schema } = received.histogram;
  const tooFine = schema > MAX_EXPONENTIAL_SCHEMA && isKnownSchema(schema);
  // Checked as if it were of a schema that is stored: spans and counts have to be right before they are brought together.
  const problem =
    received.kind === 'float'
      ? validateHistogram(tooFine ? { ...received.histogram, schema: MAX_EXPONENTIAL_SCHEMA } : received.histogram)
      : validateIntegerHistogram(tooFine ? { ...received.histogram, schema: MAX_EXPONENTIAL_SCHEMA } : received.histogram);
  if (problem !== undefined) return { ok: false, problem };
  const histogram = received.kind === 'float' ? received.histogram : fromInteger(received.histogram);
  if (!tooFine) return { ok: true, histogram };
  return { ok: true, histogram: { ...toSchema(histogram, MAX_EXPONENTIAL_SCHEMA), counterResetHint: histogram.counterResetHint } };
}
