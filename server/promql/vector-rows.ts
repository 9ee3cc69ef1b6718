import type { Labels } from '#server/timeseries/storage.ts';
import type { QueryAnswer } from './metrics-backend.ts';

/** One series of an instant vector. */
export interface VectorRow {
  readonly labels: Labels;
  readonly value: number;
}

/** The series of an instant vector; none for an answer of another type. */
export function vectorRows({ value }: QueryAnswer): VectorRow[] {
  return value.resultType === 'vector' ? value.result.map((row) => ({ labels: row.metric, value: row.value[1] })) : [];
}
