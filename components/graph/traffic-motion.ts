import type { GraphEdge } from '#server/graph/core/graph-model.ts';

/** How the dots of one edge move. Lengths are px at zoom 1. */
export interface Motion {
  /** px per second */
  readonly speed: number;
  /** px between dots */
  readonly spacing: number;
  readonly errorRatio: number;
  readonly shape: 'request' | 'bytes';
}
export interface Dot {
  /** The how manieth of its edge: from afar only some are painted, always the same. */
  readonly n: number;
  /** px from the start of the edge */
  readonly at: number;
  readonly isError: boolean;
}

/**
 * Speed and density of an edge's dots. Both grow with the logarithm of the rate, so that 1 rps and 1,000 rps can stand
 * side by side: 1 rps is a dot each second at 45 px/s, ten times more is 30 px/s faster and denser. `undefined`: silent.
 */
export function motionOf({ rates }: Pick<GraphEdge, 'rates'>): Motion | undefined {
  const rate = rates.protocol === 'tcp' ? rates.rate / 1024 : rates.rate;
  if (!(rate > 0)) return undefined;
  const magnitude = Math.log10(rate);
  const speed = Math.min(150, Math.max(22, 45 + 30 * magnitude));
  const perSecond = Math.min(7, Math.max(0.25, rate < 1 ? rate : 1 + 1.8 * magnitude));
  return { speed, spacing: speed / perSecond, errorRatio: rates.protocol === 'tcp' ? 0 : rates.errorRatio, shape: rates.protocol === 'tcp' ? 'bytes' : 'request' };
}

/**
 * The dots on an edge of `length` px when the stream has moved `travelled` px in all. No dot is remembered: the n-th dot
 * sent is where the distance says, and whether it is an error follows from `seed` and n, so it keeps its look on its way.
 */
export function dotsAt(motion: Motion, travelled: number, length: number, seed: number): Dot[] {
  const first = Math.floor(travelled / motion.spacing);
  const dots: Dot[] = [];
  for (let n = first; n >= 0; n -= 1) {
    const at = travelled - n * motion.spacing;
    if (at > length) break;
    dots.push({ n, at, isError: motion.errorRatio > 0 && noise(seed, n) < motion.errorRatio });
  }
  return dots;
}

/** A number per text, to tell edges apart: FNV-1a. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** Even noise in 0..1 of two whole numbers (the finaliser of MurmurHash3). */
function noise(seed: number, n: number): number {
  let h = seed ^ Math.imul(n + 1, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
