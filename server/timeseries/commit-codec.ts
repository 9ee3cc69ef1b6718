import { ByteReader, DamagedDataError } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Commit, CommitSeries } from './commit.ts';
import { readHistogram, writeHistogram } from './histogram-bytes.ts';
import { labelsFromEntries } from './labels.ts';
import type { Exemplar, Labels, MetricMetadata } from './storage.ts';

/** The first byte of a record that holds a commit, in the write-ahead log. */
export const COMMIT_RECORD = 4;

const ONE_TIME = 0;
const TIME_COLUMN = 1;

/**
 * A commit as bytes: the record of the write-ahead log, and the message to the database. Strings are written once each;
 * samples take 12 bytes when they share one time and 20 otherwise, so that writing and reading is copying
 * memory, which also keeps the bits of staleness markers.
 */
export function encodeCommit(commit: Commit): Buffer {
  const { count, timestamps } = commit;
  const out = new ByteWriter(128 + count * 20 + commit.series.length * 64);
  out.u8(COMMIT_RECORD);
  out.varint(count);
  out.column(commit.refs, count);
  const oneTime = isOneTime(timestamps, count);
  out.u8(oneTime ? ONE_TIME : TIME_COLUMN);
  out.column(timestamps, oneTime ? Math.min(1, count) : count);
  out.column(commit.values, count);

  // Words by first use; the table goes before what refers to it.
  const words = new Map<string, number>();
  const body = new ByteWriter(64 + commit.series.length * 48);
  const word = (text: string): void => {
    const known = words.get(text);
    body.varint(known ?? words.size);
    if (known === undefined) words.set(text, words.size);
  };
  const labels = (set: Labels): void => {
    const names = Object.keys(set);
    body.varint(names.length);
    for (const name of names) {
      word(name);
      word(set[name] ?? '');
    }
  };
  body.varint(commit.series.length);
  for (const one of commit.series) {
    body.varint(one.ref);
    labels(one.labels);
  }
  body.varint(commit.exemplars.length);
  for (const { ref, exemplar } of commit.exemplars) {
    body.varint(ref);
    body.f64(exemplar.timestamp);
    body.f64(exemplar.value);
    labels(exemplar.labels);
  }
  body.varint(commit.metadata.length);
  for (const [name, { type, help, unit }] of commit.metadata) for (const text of [name, type, help, unit]) word(text);

  out.varint(words.size);
  for (const text of words.keys()) out.string(text);
  out.bytes(body.finish());
  out.varint(commit.histograms?.size ?? 0);
  for (const [index, histogram] of commit.histograms ?? []) {
    out.varint(index);
    writeHistogram(out, histogram);
  }
  out.varint(commit.startTimestamps?.size ?? 0);
  for (const [index, time] of commit.startTimestamps ?? []) {
    out.varint(index);
    out.f64(time);
  }
  out.varint(commit.dropped.length);
  out.column(commit.dropped, commit.dropped.length);
  return out.finish();
}

/** Reads a commit back; its columns are copies. Throws DamagedDataError when the bytes are not a whole commit. */
export function decodeCommit(bytes: Uint8Array): Commit {
  const from = new ByteReader(bytes);
  const kind = from.u8();
  if (kind !== COMMIT_RECORD) throw new DamagedDataError(`a record of kind ${kind} where a commit was expected`);
  const count = from.count(12);
  const refs = from.column(new Int32Array(count));
  const timestamps = readTimes(from, count);
  const values = from.column(new Float64Array(count));

  const words: string[] = [];
  for (let left = from.count(); left > 0; left--) words.push(from.string());
  const word = (): string => {
    const text = words[from.varint()];
    if (text === undefined) throw new DamagedDataError('a word that is not in the table');
    return text;
  };
  const labels = (): Labels => {
    const entries: [string, string][] = [];
    for (let left = from.count(2); left > 0; left--) entries.push([word(), word()]);
    return labelsFromEntries(entries);
  };
  const series: CommitSeries[] = [];
  for (let left = from.count(2); left > 0; left--) series.push({ ref: from.varint(), labels: labels() });
  const exemplars: { ref: number; exemplar: Exemplar }[] = [];
  for (let left = from.count(18); left > 0; left--) {
    const ref = from.varint();
    const timestamp = from.f64();
    const value = from.f64();
    exemplars.push({ ref, exemplar: { labels: labels(), value, timestamp } });
  }
  const metadata: [string, MetricMetadata][] = [];
  for (let left = from.count(4); left > 0; left--) {
    const name = word();
    const type = word();
    const help = word();
    metadata.push([name, { type, help, unit: word() }]);
  }
  const histograms = readIndexed(from, count, 12, readHistogram);
  const startTimestamps = readIndexed(from, count, 9, (reader) => reader.f64());
  const dropped = from.column(new Int32Array(from.count(4)));
  if (from.remaining > 0) throw new DamagedDataError(`${from.remaining} bytes after the end of a commit`);
  return {
    series,
    count,
    refs,
    timestamps,
    values,
    ...(histograms === undefined ? {} : { histograms }),
    ...(startTimestamps === undefined ? {} : { startTimestamps }),
    exemplars,
    metadata,
    dropped,
  };
}

function isOneTime(timestamps: Float64Array, count: number): boolean {
  const first = timestamps[0];
  for (let i = 1; i < count; i++) if (timestamps[i] !== first) return false;
  return true;
}

function readTimes(from: ByteReader, count: number): Float64Array {
  const mode = from.u8();
  if (mode === TIME_COLUMN) return from.column(new Float64Array(count));
  if (mode !== ONE_TIME) throw new DamagedDataError(`times of kind ${mode}`);
  const times = new Float64Array(count);
  return count === 0 ? times : times.fill(from.f64());
}

function readIndexed<T>(from: ByteReader, count: number, itemBytes: number, read: (from: ByteReader) => T): Map<number, T> | undefined {
  const size = from.count(itemBytes);
  if (size === 0) return undefined;
  const items = new Map<number, T>();
  for (let left = size; left > 0; left--) {
    const index = from.varint();
    if (index >= count) throw new DamagedDataError(`something for sample ${index} of ${count}`);
    items.set(index, read(from));
  }
  return items;
}
