import type { LeftOut } from '#server/traces/store/segment-source.ts';

/** More places than these are only counted. */
const MOST_NAMED = 3;

/** Sentences for people about stored spans that an answer lacks because they cannot be read; the same spans once, whatever page of them was found damaged. */
export function leftOutNotes(leftOut: readonly LeftOut[]): string[] {
  const sentences = [...new Map(leftOut.map((one) => [spansOf(one) ?? one.reason, `${spansOf(one) ?? 'Stored spans'} cannot be read and are left out: ${one.reason}.`])).values()];
  const more = sentences.length - MOST_NAMED;
  return more > 0 ? [...sentences.slice(0, MOST_NAMED), `The same holds for ${more} more ${more === 1 ? 'place' : 'places'} in what is stored.`] : sentences;
}

function spansOf({ about }: LeftOut): string | undefined {
  return about && `${about.spans.toLocaleString('en-US')} stored spans from ${secondOf(about.minStartUnixNano)} to ${secondOf(about.maxStartUnixNano)}`;
}

function secondOf(unixNano: bigint): string {
  return new Date(Number(unixNano / 1_000_000n)).toISOString().replace(/\.\d+Z$/, 'Z');
}
