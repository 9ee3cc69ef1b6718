import { decodeTraffic, type TrafficSummaryJson } from '#server/traces/derived/traffic-codec.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { Segment } from '#server/traces/segment/segment.ts';
import { timesAt } from '#server/traces/segment/span-at.ts';
import { bloomMayHave, hashText } from './block/bloom.ts';
import type { BlockFile } from './block/block-file.ts';
import type { ColumnMeta } from './block/block-meta.ts';
import { openGroup } from './block/open-group.ts';
import { ByteCache } from './block/page-cache.ts';
import { decodeSample } from './block/sample-page.ts';
import { textsOf } from './block/value-stats.ts';
import type { ColumnOwner, SegmentHandle } from './segment-source.ts';

const NONE = new Uint32Array(0);
/** Of memory for what was made of a segment in memory: those are few. */
const KEPT_BYTES = 1_000_000;

/** The row groups of a block, those with the newest spans first. */
export function blockHandles(block: BlockFile, skipped: ReadonlyMap<number, Uint32Array>): SegmentHandle[] {
  return block.meta.groups.map((group, index) => {
    const columns = { span: byKey(group.columns.span), event: byKey(group.columns.event), link: byKey(group.columns.link) };
    const segment = (): Segment => openGroup(block, index).segment;
    return {
      id: `${block.id}/${index}`,
      spanCount: group.spanCount,
      traceCount: group.traceCount,
      minStartUnixNano: BigInt(group.minStart),
      maxStartUnixNano: BigInt(group.maxStart),
      maxEndUnixNano: BigInt(group.maxEnd),
      minDuration: group.minDuration,
      maxDuration: group.maxDuration,
      skippedTraces: skipped.get(index) ?? NONE,
      services: group.services,
      mayContain: (owner, key, value) => (owner === 'span' || owner === 'event' || owner === 'link' ? columnMayHave(block, index, owner, columns[owner].get(key), value) : mayHave(segment(), owner, key, value)),
      numbersOf(owner, key) {
        const meta = columns[owner].get(key);
        return meta?.min === undefined || meta.max === undefined ? undefined : { min: meta.min, max: meta.max };
      },
      traffic() {
        const place = group.pages.traffic;
        // Safe because only encodeGroup writes the page, and its checksum fits.
        return place === undefined ? undefined : decodeTraffic(JSON.parse(Buffer.from(block.page(place)).toString('utf8')) as TrafficSummaryJson);
      },
      sample() {
        const place = group.pages.sample;
        return place === undefined ? undefined : decodeSample(block.page(place));
      },
      keep: (key, make) => block.kept.get(`${block.id}/${index}/${key}`, make),
      open: segment,
    };
  });
}

/** A segment in memory. */
export function memoryHandle(segment: Segment, skippedTraces: Uint32Array, id: string): SegmentHandle {
  const { spanCount, traceCount, start, duration, wideTimes, sources } = segment;
  const exact = [...wideTimes.keys()];
  let [first, last, end, minDuration, maxDuration] = [Infinity, -Infinity, -Infinity, Infinity, -Infinity];
  const firstRows = { first: 0, last: 0, end: 0 };
  for (let row = 0; row < spanCount; row++) {
    const [s, d] = [start[row] ?? 0, duration[row] ?? 0];
    if (s < first) [first, firstRows.first] = [s, row];
    if (s > last) [last, firstRows.last] = [s, row];
    if (s + d > end) [end, firstRows.end] = [s + d, row];
    if (d < minDuration) minDuration = d;
    if (d > maxDuration) maxDuration = d;
  }
  // Rows whose numbers are not exact are compared exactly, with the others' extremes.
  const rows = spanCount === 0 ? [] : [firstRows.first, firstRows.last, firstRows.end, ...exact];
  const times = rows.map((row) => timesAt(segment, row));
  const kept = new ByteCache(KEPT_BYTES);
  const pick = (of: (t: { startUnixNano: bigint; endUnixNano: bigint }) => bigint, better: (a: bigint, b: bigint) => boolean): bigint => times.map(of).reduce((a, b) => (better(b, a) ? b : a), times[0] === undefined ? 0n : of(times[0]));
  return {
    id,
    spanCount,
    traceCount,
    minStartUnixNano: pick((t) => t.startUnixNano, (a, b) => a < b),
    maxStartUnixNano: pick((t) => t.startUnixNano, (a, b) => a > b),
    maxEndUnixNano: pick((t) => t.endUnixNano, (a, b) => a > b),
    minDuration,
    maxDuration,
    skippedTraces,
    services: [...new Set(sources.map((s) => s.service))],
    mayContain: (owner, key, value) => mayHave(segment, owner, key, value),
    numbersOf: (owner, key) => numbersIn(segment, owner, key),
    keep: (key, make) => kept.get(key, make),
    open: () => segment,
  };
}

function columnMayHave(block: BlockFile, group: number, owner: 'span' | 'event' | 'link', meta: ColumnMeta | undefined, value: AttributeValue | undefined): boolean {
  if (meta === undefined) return false;
  if (value === undefined || meta.nested === true) return true;
  const texts = textsOf(value);
  if (texts === undefined) return true;
  if (meta.bloom !== undefined) {
    const bloom = block.page(meta.bloom, true);
    return texts.every((text) => bloomMayHave(bloom, hashText(text)));
  }
  return mayHave(openGroup(block, group).segment, owner, meta.key, value);
}

/** Looks at the values of the segment itself. */
function mayHave(segment: Segment, owner: ColumnOwner, key: string, value: AttributeValue | undefined): boolean {
  const wanted = value === undefined ? undefined : textsOf(value);
  const matches = (text: string): boolean => wanted === undefined || wanted.includes(text);
  const valueMatches = (stored: AttributeValue): boolean => {
    if (wanted === undefined) return true;
    const texts = textsOf(stored);
    return texts === undefined || texts.some(matches);
  };
  switch (owner) {
    case 'span':
    case 'event':
    case 'link': {
      const column = segment.attribute(owner, key);
      return column !== undefined && (value === undefined || column.values.some((typed) => valueMatches(typed.value)));
    }
    case 'resource':
      return segment.sources.some(({ resource }) => Object.hasOwn(resource, key) && valueMatches(resource[key] ?? null));
    case 'scope':
      return segment.sources.some(({ scope: { attributes } }) => attributes !== undefined && Object.hasOwn(attributes, key) && valueMatches(attributes[key] ?? null));
    case 'name':
      return segment.name.values.some(matches);
    case 'status-message':
      return segment.statusMessage.values.some(matches);
    case 'event-name':
      return segment.events.name.values.some(matches);
  }
}

function numbersIn(segment: Segment, owner: 'span' | 'event' | 'link', key: string): { readonly min: number; readonly max: number } | undefined {
  let [min, max] = [Infinity, -Infinity];
  for (const { value } of segment.attribute(owner, key)?.values ?? []) {
    if (typeof value !== 'number') continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return min <= max ? { min, max } : undefined;
}

function byKey(columns: readonly ColumnMeta[]): ReadonlyMap<string, ColumnMeta> {
  return new Map(columns.map((meta) => [meta.key, meta]));
}
