import type { StepMatrix } from './step-matrix.ts';

/** The matrix with rows of equal labels made one; the first of them decides about the name. Undefined when values collide. */
export function mergeEqualLabels(matrix: StepMatrix): StepMatrix | undefined {
  return matrix.relabel((row) => ({ labels: matrix.labels[row] ?? {}, dropName: matrix.dropName[row] === true }));
}
