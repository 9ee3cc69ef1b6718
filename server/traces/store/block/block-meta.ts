import type { CatalogueType } from '../segment-source.ts';
import type { AttributeOwner } from '#server/traces/segment/segment.ts';

/** Begins and ends every block file; the number is raised when the format changes. */
export const BLOCK_MAGIC = Buffer.from('BNSPANS1', 'latin1');
/** Footer length (u32), its CRC-32 (u32), then the magic. */
export const TRAILER_BYTES = 16;

/** Where a page of a file is: offset, bytes there, bytes when unpacked (equal when it is not packed), CRC-32 of what is there. */
export type PagePlace = readonly [offset: number, stored: number, raw: number, crc: number];

/** Pages by name. Of an empty table (no events, no links) there are none. */
export type PageName =
  | 'traceIds' | 'traceSizes' | 'traceBloom' | 'start' | 'duration' | 'wideTimes' | 'spanIds' | 'parents' | 'lostParents' | 'otherParents' | 'kind' | 'status'
  | 'name' | 'names' | 'message' | 'messages' | 'source' | 'sources' | 'flags' | 'traceStates' | 'dropped'
  | 'eventSizes' | 'eventTime' | 'eventName' | 'eventNames' | 'eventRest' | 'linkSizes' | 'linkTraceIds' | 'linkSpanIds' | 'linkRest' | 'traffic' | 'sample';

export interface ColumnMeta {
  readonly key: string;
  readonly distinct: number;
  readonly codes: PagePlace;
  readonly values: PagePlace;
  /** Of `String(value)` of every value, and of the items of lists; absent when the values are so few that they are looked at. */
  readonly bloom?: PagePlace;
  readonly types: readonly CatalogueType[];
  /** Of its numbers. */
  readonly min?: number;
  readonly max?: number;
  /** Some value is a map, or a list in a list: the filter does not have what is in it. */
  readonly nested?: true;
}

/** One run of spans of a block: a segment of its own. Times are decimal texts of Unix nanoseconds. */
export interface GroupMeta {
  readonly spanCount: number;
  readonly traceCount: number;
  readonly eventCount: number;
  readonly linkCount: number;
  readonly base: string;
  readonly minStart: string;
  readonly maxStart: string;
  readonly maxEnd: string;
  readonly minDuration: number;
  readonly maxDuration: number;
  readonly names: number;
  readonly messages: number;
  readonly sources: number;
  readonly eventNames: number;
  readonly services: readonly string[];
  readonly pages: Readonly<Partial<Record<PageName, PagePlace>>>;
  readonly columns: Readonly<Record<AttributeOwner, readonly ColumnMeta[]>>;
}

export type OperationCount = readonly [service: string, name: string, kind: number, spans: number, errors: number];

export interface BlockMeta {
  readonly spanCount: number;
  readonly traceCount: number;
  /** When the first spans of its traces were stored, Unix milliseconds: from the earliest trace to the latest. */
  readonly minStoredMs: number;
  readonly maxStoredMs: number;
  readonly groups: readonly GroupMeta[];
  /** The most frequent ones, when there are very many. */
  readonly operations: readonly OperationCount[];
  readonly keys: readonly (readonly [owner: 'span' | 'event' | 'link' | 'resource' | 'scope', key: string, types: readonly CatalogueType[]])[];
  /** Hex ids of traces of which other blocks had spans when it was written. */
  readonly split: readonly string[];
  readonly traceBloom: PagePlace;
}
