/** What planning needs to know of a block. */
export interface PlannedBlock {
  readonly id: number;
  readonly spans: number;
  readonly bytes: number;
  readonly minStoredMs: number;
  readonly maxStoredMs: number;
}

export interface CompactionLimits {
  /** A block with more is not merged any more. */
  readonly maxSpans: number;
  readonly maxBytes: number;
  /** Retention takes whole blocks, so the times in one must not lie far apart. */
  readonly maxWidthMs: number;
}

/** So many blocks of about one size become one. */
const FAN_IN = 8;
const SMALLEST_TIER_SPANS = 2_000;

/**
 * Which blocks to merge next, if any: neighbours in the time of storing, of about the same size (within a factor of eight),
 * so that a span is written a few times at most. The smallest first.
 */
export function planCompaction(blocks: readonly PlannedBlock[], limits: CompactionLimits): number[] | undefined {
  const inTime = blocks.toSorted((a, b) => a.minStoredMs - b.minStoredMs || a.id - b.id);
  const open = inTime.filter((b) => b.spans < limits.maxSpans / 2 && b.bytes < limits.maxBytes / 2);
  for (const tier of [...new Set(open.map(tierOf))].sort((a, b) => a - b)) {
    let run: PlannedBlock[] = [];
    for (const block of open.filter((b) => tierOf(b) === tier)) {
      if (!fits([...run, block], limits)) run = [];
      run.push(block);
      if (run.length === FAN_IN) return run.map((b) => b.id);
    }
  }
  return undefined;
}

function tierOf({ spans }: PlannedBlock): number {
  return Math.max(0, Math.floor(Math.log(Math.max(1, spans / SMALLEST_TIER_SPANS)) / Math.log(FAN_IN)));
}

function fits(run: readonly PlannedBlock[], { maxSpans, maxBytes, maxWidthMs }: CompactionLimits): boolean {
  let [spans, bytes, from, to] = [0, 0, Infinity, -Infinity];
  for (const block of run) {
    spans += block.spans;
    bytes += block.bytes;
    from = Math.min(from, block.minStoredMs);
    to = Math.max(to, block.maxStoredMs);
  }
  return spans <= maxSpans && bytes <= maxBytes && to - from <= maxWidthMs;
}
