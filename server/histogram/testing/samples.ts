import type { FloatHistogram } from '../float-histogram.ts';
import { parseHistogram } from './parse-histogram.ts';

/** A histogram from its text in test scripts. */
export function aHistogram(text: string): FloatHistogram {
  return parseHistogram(text).histogram;
}

/** Histograms that differ in schema, zero bucket, custom bounds, and one that observed NaN. */
export const SAMPLES = {
  both: aHistogram('{{schema:1 count:7.5 sum:5 z_bucket:2 z_bucket_w:0.001 offset:-2 buckets:[1 0 2.5] n_buckets:[2]}}'),
  wideZero: aHistogram('{{schema:0 count:9 sum:3 z_bucket:1 z_bucket_w:0.6 buckets:[4 4]}}'),
  custom: aHistogram('{{schema:-53 count:6 sum:10 custom_values:[1 2 5] buckets:[1 2 0 3]}}'),
  otherBounds: aHistogram('{{schema:-53 count:3 sum:4 custom_values:[1 5 10] buckets:[1 1 1]}}'),
  withNaN: aHistogram('{{schema:2 count:12 sum:NaN buckets:[1 2 3 4]}}'),
} as const;
