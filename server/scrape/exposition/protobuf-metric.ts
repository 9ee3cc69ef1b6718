import type { BucketSpan } from '#server/histogram/float-histogram.ts';
import { labelsFromEntries } from '#server/timeseries/labels.ts';
import type { Labels } from '#server/timeseries/storage.ts';
import { readSpan } from '#server/wire/protobuf-histogram.ts';
import type { ProtobufReader } from '#server/wire/protobuf-reader.ts';

/** One `io.prometheus.client.Metric`, as far as it is there. Times in Unix ms. */
export interface ProtobufMetric {
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** Of a counter, gauge or untyped metric. */
  readonly value: number;
  readonly exemplar: ProtobufExemplar | undefined;
  /** Of a counter. */
  readonly startTimestamp: number | undefined;
  readonly summary: ProtobufSummary | undefined;
  readonly histogram: ProtobufHistogram | undefined;
  /** 0 for none. */
  readonly timestamp: number;
}
export interface ProtobufExemplar {
  readonly labels: Labels;
  readonly value: number;
  readonly timestamp?: number;
}
export interface ProtobufSummary {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
  readonly startTimestamp: number | undefined;
}
/** Classic buckets, and native ones when there are spans, a zero threshold or a zero count. */
export interface ProtobufHistogram {
  count: number;
  countFloat: number;
  sum: number;
  startTimestamp: number | undefined;
  schema: number;
  zeroThreshold: number;
  zeroCount: number;
  zeroCountFloat: number;
  readonly buckets: ClassicBucket[];
  readonly negativeSpans: BucketSpan[];
  readonly negativeDeltas: number[];
  readonly negativeCounts: number[];
  readonly positiveSpans: BucketSpan[];
  readonly positiveDeltas: number[];
  readonly positiveCounts: number[];
  readonly exemplars: ProtobufExemplar[];
}
export interface ClassicBucket {
  readonly bound: number;
  readonly cumulative: number;
  readonly exemplar: ProtobufExemplar | undefined;
}

/** Reads a Metric message. Throws ProtobufError. Source: prometheus/client_model metrics.proto. */
export function readMetric(reader: ProtobufReader): ProtobufMetric {
  const labels: (readonly [string, string])[] = [];
  let scalar: Scalar = { value: 0, exemplar: undefined, startTimestamp: undefined };
  let summary: ProtobufSummary | undefined;
  let histogram: ProtobufHistogram | undefined;
  let timestamp = 0;
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        labels.push(readLabel(reader.message()));
        break;
      case 2:
      case 3:
      case 5:
        scalar = readScalar(reader.message());
        break;
      case 4:
        summary = readSummary(reader.message());
        break;
      case 6:
        timestamp = reader.int();
        break;
      case 7:
        histogram = readHistogram(reader.message());
        break;
      default:
        reader.skip();
    }
  }
  return { labels, ...scalar, summary, histogram, timestamp };
}

function readLabel(reader: ProtobufReader): readonly [string, string] {
  let name = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  return [name, value];
}

interface Scalar {
  readonly value: number;
  readonly exemplar: ProtobufExemplar | undefined;
  readonly startTimestamp: number | undefined;
}

/** A Gauge, Counter or Untyped message: they share their numbers. */
function readScalar(reader: ProtobufReader): Scalar {
  let value = 0;
  let exemplar: ProtobufExemplar | undefined;
  let startTimestamp: number | undefined;
  while (reader.next()) {
    if (reader.field === 1) value = reader.double();
    else if (reader.field === 2) exemplar = readExemplar(reader.message());
    else if (reader.field === 3) startTimestamp = readTime(reader.message());
    else reader.skip();
  }
  return { value, exemplar, startTimestamp };
}

function readSummary(reader: ProtobufReader): ProtobufSummary {
  let count = 0;
  let sum = 0;
  let startTimestamp: number | undefined;
  const quantiles: { quantile: number; value: number }[] = [];
  while (reader.next()) {
    if (reader.field === 1) count = reader.uint();
    else if (reader.field === 2) sum = reader.double();
    else if (reader.field === 3) quantiles.push(readQuantile(reader.message()));
    else if (reader.field === 4) startTimestamp = readTime(reader.message());
    else reader.skip();
  }
  return { count, sum, quantiles, startTimestamp };
}

function readQuantile(reader: ProtobufReader): { quantile: number; value: number } {
  let quantile = 0;
  let value = 0;
  while (reader.next()) {
    if (reader.field === 1) quantile = reader.double();
    else if (reader.field === 2) value = reader.double();
    else reader.skip();
  }
  return { quantile, value };
}

function readHistogram(reader: ProtobufReader): ProtobufHistogram {
  const h: ProtobufHistogram = {
    count: 0, countFloat: 0, sum: 0, startTimestamp: undefined, schema: 0, zeroThreshold: 0, zeroCount: 0, zeroCountFloat: 0, buckets: [],
    negativeSpans: [], negativeDeltas: [], negativeCounts: [], positiveSpans: [], positiveDeltas: [], positiveCounts: [], exemplars: [],
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1: h.count = reader.uint(); break;
      case 2: h.sum = reader.double(); break;
      case 3: h.buckets.push(readBucket(reader.message())); break;
      case 4: h.countFloat = reader.double(); break;
      case 5: h.schema = reader.sint(); break;
      case 6: h.zeroThreshold = reader.double(); break;
      case 7: h.zeroCount = reader.uint(); break;
      case 8: h.zeroCountFloat = reader.double(); break;
      case 9: h.negativeSpans.push(readSpan(reader.message())); break;
      case 10: reader.sints(h.negativeDeltas); break;
      case 11: reader.doubles(h.negativeCounts); break;
      case 12: h.positiveSpans.push(readSpan(reader.message())); break;
      case 13: reader.sints(h.positiveDeltas); break;
      case 14: reader.doubles(h.positiveCounts); break;
      case 15: h.startTimestamp = readTime(reader.message()); break;
      case 16: h.exemplars.push(readExemplar(reader.message())); break;
      default: reader.skip();
    }
  }
  return h;
}

function readBucket(reader: ProtobufReader): ClassicBucket {
  let bound = 0;
  let count = 0;
  let countFloat = 0;
  let exemplar: ProtobufExemplar | undefined;
  while (reader.next()) {
    if (reader.field === 1) count = reader.uint();
    else if (reader.field === 2) bound = reader.double();
    else if (reader.field === 3) exemplar = readExemplar(reader.message());
    else if (reader.field === 4) countFloat = reader.double();
    else reader.skip();
  }
  return { bound, cumulative: countFloat > 0 ? countFloat : count, exemplar };
}

function readExemplar(reader: ProtobufReader): ProtobufExemplar {
  const labels: (readonly [string, string])[] = [];
  let value = 0;
  let timestamp: number | undefined;
  while (reader.next()) {
    if (reader.field === 1) labels.push(readLabel(reader.message()));
    else if (reader.field === 2) value = reader.double();
    else if (reader.field === 3) timestamp = readTime(reader.message());
    else reader.skip();
  }
  return { labels: labelsFromEntries(labels), value, ...(timestamp === undefined ? {} : { timestamp }) };
}

/** A google.protobuf.Timestamp in Unix ms. */
function readTime(reader: ProtobufReader): number {
  let seconds = 0;
  let nanos = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int();
    else if (reader.field === 2) nanos = reader.int();
    else reader.skip();
  }
  return seconds * 1000 + Math.trunc(nanos / 1e6);
}
