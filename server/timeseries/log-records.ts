import { canonicalValue } from './stale-marker.ts';
import type { Labels, MetricMetadata } from './storage.ts';
import type { SealedChunk } from './plain-xor-chunk.ts';

/** A new series, as the log and the snapshot name it from then on. */
export interface SeriesDefinition {
  readonly ref: number;
  readonly labels: Labels;
}
export interface LoggedSample {
  readonly ref: number;
  readonly time: number;
  readonly value: number;
}
/** What a record of the log or of a snapshot says. */
export type LogRecord =
  | { readonly kind: 'batch'; readonly series: readonly SeriesDefinition[]; readonly samples: readonly LoggedSample[] }
  | { readonly kind: 'metadata'; readonly metrics: Readonly<Record<string, MetricMetadata>> }
  | { readonly kind: 'series'; readonly definition: SeriesDefinition; readonly chunks: readonly SealedChunk[] };

const BATCH = 1;
const METADATA = 2;
const SERIES = 3;

/** One batch: definitions of new series, then samples grouped by their (mostly shared) time. */
export function encodeBatch(series: readonly SeriesDefinition[], samples: readonly LoggedSample[]): Buffer {
  const definitions = Buffer.from(JSON.stringify(series.map(({ ref, labels }) => [ref, Object.entries(labels)])));
  const byTime = Map.groupBy(samples, (sample) => sample.time);
  let size = 1 + 4 + definitions.length + 4;
  for (const group of byTime.values()) size += 12 + group.length * 12;
  const out = Buffer.allocUnsafe(size);
  let at = out.writeUInt8(BATCH, 0);
  at = out.writeUInt32LE(definitions.length, at);
  at += definitions.copy(out, at);
  at = out.writeUInt32LE(byTime.size, at);
  for (const [time, group] of byTime) {
    at = out.writeDoubleLE(time, at);
    at = out.writeUInt32LE(group.length, at);
    for (const sample of group) {
      at = out.writeUInt32LE(sample.ref, at);
      at = out.writeDoubleLE(canonicalValue(sample.value), at);
    }
  }
  return out;
}

/** Type, unit and help of metrics by name, as one record. */
export function encodeMetadata(metrics: Readonly<Record<string, MetricMetadata>>): Buffer {
  return Buffer.concat([Buffer.from([METADATA]), Buffer.from(JSON.stringify(metrics))]);
}

/** A whole series of a snapshot: its definition and its chunks. */
export function encodeSeries(definition: SeriesDefinition, chunks: readonly SealedChunk[]): Buffer {
  const labels = Buffer.from(JSON.stringify([definition.ref, Object.entries(definition.labels)]));
  const size = 1 + 4 + labels.length + 4 + chunks.reduce((sum, chunk) => sum + 24 + chunk.bytes.length, 0);
  const out = Buffer.allocUnsafe(size);
  let at = out.writeUInt8(SERIES, 0);
  at = out.writeUInt32LE(labels.length, at);
  at += labels.copy(out, at);
  at = out.writeUInt32LE(chunks.length, at);
  for (const chunk of chunks) {
    at = out.writeDoubleLE(chunk.minTime, at);
    at = out.writeDoubleLE(chunk.maxTime, at);
    at = out.writeUInt32LE(chunk.count, at);
    at = out.writeUInt32LE(chunk.bytes.length, at);
    out.set(chunk.bytes, at);
    at += chunk.bytes.length;
  }
  return out;
}

/** Reads one record back; undefined when its kind is not known. Throws when a record with a right checksum makes no sense. */
export function decodeRecord(payload: Buffer): LogRecord | undefined {
  switch (payload[0]) {
    case BATCH:
      return decodeBatch(payload);
    case METADATA:
      return { kind: 'metadata', metrics: parseJson(payload, 1, payload.length) as Record<string, MetricMetadata> };
    case SERIES:
      return decodeSeries(payload);
    default:
      return undefined;
  }
}

function decodeBatch(payload: Buffer): LogRecord {
  const length = payload.readUInt32LE(1);
  const series = (parseJson(payload, 5, 5 + length) as DefinitionJson[]).map(toDefinition);
  let at = 5 + length;
  const samples: LoggedSample[] = [];
  const groups = payload.readUInt32LE(at);
  at += 4;
  for (let g = 0; g < groups; g++) {
    const time = payload.readDoubleLE(at);
    const count = payload.readUInt32LE(at + 8);
    at += 12;
    for (let i = 0; i < count; i++, at += 12) samples.push({ ref: payload.readUInt32LE(at), time, value: payload.readDoubleLE(at + 4) });
  }
  return { kind: 'batch', series, samples };
}

function decodeSeries(payload: Buffer): LogRecord {
  const length = payload.readUInt32LE(1);
  const definition = toDefinition(parseJson(payload, 5, 5 + length) as DefinitionJson);
  let at = 5 + length;
  const chunks: SealedChunk[] = [];
  const count = payload.readUInt32LE(at);
  at += 4;
  for (let i = 0; i < count; i++) {
    const bytes = payload.readUInt32LE(at + 20);
    chunks.push({
      minTime: payload.readDoubleLE(at),
      maxTime: payload.readDoubleLE(at + 8),
      count: payload.readUInt32LE(at + 16),
      bytes: Uint8Array.from(payload.subarray(at + 24, at + 24 + bytes)),
    });
    at += 24 + bytes;
  }
  return { kind: 'series', definition, chunks };
}

type DefinitionJson = readonly [ref: number, labels: readonly (readonly [string, string])[]];

function toDefinition([ref, entries]: DefinitionJson): SeriesDefinition {
  return { ref, labels: Object.fromEntries(entries) };
}

/** The JSON inside a record; its shape is ours because the checksum says we wrote it. */
function parseJson(payload: Buffer, from: number, to: number): unknown {
  return JSON.parse(payload.toString('utf8', from, to));
}
