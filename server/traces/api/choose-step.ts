import type { ReadRange, RequestReader } from './read-request.ts';

/** Points of a series when no step was asked for, about. */
const POINTS = 100;
/** More points than this no chart shows, and each series has that many numbers. */
const MOST_POINTS = 11_000;
const SECOND = 1_000_000_000n;
/** Steps that people read easily, seconds. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** Nanoseconds between the points of a series: what was asked for, or what gives about a hundred of them. */
export function chooseStep(reader: RequestReader, text: string | undefined, { fromMs, toMs }: ReadRange): bigint {
  const asked = reader.duration('step', text);
  if (asked === undefined) {
    const seconds = (toMs - fromMs) / 1000 / POINTS;
    return BigInt(STEPS.find((step) => step >= seconds) ?? Math.ceil(seconds / 86_400) * 86_400) * SECOND;
  }
  if (asked <= 0n) reader.unfit('step', 'it must be longer than nothing');
  else if (BigInt(Math.floor((toMs - fromMs) * 1e6)) / asked > BigInt(MOST_POINTS)) reader.unfit('step', `it gives more than ${MOST_POINTS} points: take a longer step or a shorter range`);
  return asked;
}
