import type { Labels } from '#server/timeseries/storage.ts';

/** What the writers of the durability test write: every series, time and value follows from writer, round and index. */
export const WRITERS = 4;
/** Unix ms of round 0, at the start of a block of any length. */
export const BASE_MS = 1_700_006_400_000;
export const ROUND_MS = 1000;
const SERIES = 40;
const CHURN_ROUNDS = 50;
/** This writer's rounds come out of order. */
const LATE_WRITER = 3;

/** The round a writer writes at a step: one writer swaps neighbours, so that every second sample is late. */
export function roundAt(writer: number, step: number): number {
  return writer === LATE_WRITER ? step ^ 1 : step;
}

/** The series of a writer in a round: most stay, some have a new name every few rounds. */
export function seriesOf(writer: number, round: number): Labels[] {
  return Array.from({ length: SERIES }, (_, i) => ({
    __name__: 'durable',
    writer: String(writer),
    i: String(i),
    ...(i % 10 === 9 ? { pod: `pod-${Math.floor(round / CHURN_ROUNDS)}` } : {}),
  }));
}

/** The value of the series at an index of `seriesOf`. */
export function valueOf(writer: number, round: number, index: number): number {
  return ((round * 37 + index * 11 + writer * 3) % 1009) / 8;
}
