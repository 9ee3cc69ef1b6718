import type { OperationRow } from '#server/traces/derived/schemas.ts';

/** What rows of services, operations and edges have in common. */
export type RedFigures = Pick<OperationRow, 'calls' | 'errors' | 'ratePerSecond' | 'p50Nano' | 'p75Nano' | 'p95Nano' | 'p99Nano'>;

/** 0..1; null without calls. */
export function errorRatio({ calls, errors }: Pick<RedFigures, 'calls' | 'errors'>): number | null {
  return calls === 0 ? null : errors / calls;
}
