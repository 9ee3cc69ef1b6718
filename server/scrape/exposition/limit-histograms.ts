import type { FloatHistogram } from '#server/histogram/float-histogram.ts';
import { isExponentialSchema, MAX_EXPONENTIAL_SCHEMA, MIN_EXPONENTIAL_SCHEMA } from '#server/histogram/histogram-schema.ts';
import { toSchema } from '#server/histogram/reduce-resolution.ts';
import type { ScrapePage } from './scrape-page.ts';

export interface HistogramLimits {
  /** Most buckets of a histogram: it is made coarser until it has no more. 0 = no limit. */
  readonly nativeHistogramBucketLimit: number;
  /** The least factor from one bucket to the next. 0 = any. */
  readonly nativeHistogramMinBucketFactor: number;
}

/** The factor of the finest schema. */
const FINEST_FACTOR = 1.00271;

/**
 * The page with its native histograms as coarse as the limits ask for; one that cannot be made small enough is the page's
 * fault. Source: Prometheus scrape/target.go maxSchemaAppender, bucketLimitAppender; scrape/scrape.go pickSchema.
 */
export function limitHistograms(page: ScrapePage, { nativeHistogramBucketLimit: limit, nativeHistogramMinBucketFactor: factor }: HistogramLimits): ScrapePage {
  if (page.histograms === undefined || (limit === 0 && factor <= 1)) return page;
  const maxSchema = schemaOf(factor);
  const histograms = new Map<number, FloatHistogram>();
  for (const [index, histogram] of page.histograms) {
    let fitting = isExponentialSchema(histogram.schema) && histogram.schema > maxSchema ? toSchema(histogram, maxSchema) : histogram;
    while (limit > 0 && bucketsOf(fitting) > limit) {
      if (!isExponentialSchema(fitting.schema) || fitting.schema === MIN_EXPONENTIAL_SCHEMA) return { ...page, fault: `histogram bucket limit exceeded: ${page.series[index] ?? ''} has ${bucketsOf(fitting)} buckets, limit ${limit}` };
      fitting = toSchema(fitting, fitting.schema - 1);
    }
    histograms.set(index, fitting);
  }
  return { ...page, histograms };
}

function bucketsOf({ positiveBuckets, negativeBuckets }: FloatHistogram): number {
  return positiveBuckets.length + negativeBuckets.length;
}

/** The finest schema whose buckets grow by at least the factor. */
function schemaOf(factor: number): number {
  const floor = Math.floor(-Math.log2(Math.log2(factor <= 1 ? FINEST_FACTOR : factor)));
  return Math.min(MAX_EXPONENTIAL_SCHEMA, Math.max(MIN_EXPONENTIAL_SCHEMA, floor));
}
