import type { InstantAnswer } from '#components/api/prometheus.ts';
import type { SplitVersion } from './traffic-split-model.ts';

/** Requests per second by version, as callers' proxies counted them. */
export interface MeasuredShares {
  readonly total: number;
  readonly rateOf: (version: SplitVersion) => number;
}

/** Reads `sharesExpression`'s answer. A version is known in metrics by its `version` label. */
export function readMeasuredShares({ samples }: InstantAnswer): MeasuredShares {
  const rates = new Map(samples.map(({ labels, v }) => [labels['destination_version'] ?? '', v ?? 0]));
  const known = [...rates].filter(([version]) => version !== '' && version !== 'unknown');
  return {
    total: known.reduce((sum, [, rate]) => sum + rate, 0),
    rateOf: ({ labels, subset }) => rates.get(labels['version'] ?? subset) ?? 0,
  };
}
