import type { BucketSpan, CounterResetHint } from '#server/histogram/float-histogram.ts';
import type { ReceivedHistogram } from '#server/histogram/storable-histogram.ts';
import { readSpan } from '#server/wire/protobuf-histogram.ts';
import type { ProtobufReader } from '#server/wire/protobuf-reader.ts';

/** Times in Unix ms; 0 for no start time. */
export interface DecodedSample {
  readonly value: number;
  readonly timestamp: number;
  readonly startTimestamp: number;
}
export interface DecodedHistogram {
  readonly received: ReceivedHistogram;
  readonly timestamp: number;
  readonly startTimestamp: number;
}

/** Reads a Sample message; 1.0 and 2.0 share the numbers, 2.0 adds the start time. Source: prompb types.proto, write/v2/types.proto. */
export function decodeSample(reader: ProtobufReader): DecodedSample {
  let value = 0;
  let timestamp = 0;
  let startTimestamp = 0;
  while (reader.next()) {
    if (reader.field === 1) value = reader.double();
    else if (reader.field === 2) timestamp = reader.int();
    else if (reader.field === 3) startTimestamp = reader.int();
    else reader.skip();
  }
  return { value, timestamp, startTimestamp };
}

const HINTS: readonly CounterResetHint[] = ['unknown', 'reset', 'not-reset', 'gauge'];

/** Reads a Histogram message of either version: of floats when its count is one. Source: as `decodeSample`. */
export function decodeHistogram(reader: ProtobufReader): DecodedHistogram {
  const counts = { isFloat: false, count: 0, zeroCount: 0 };
  let sum = 0;
  let schema = 0;
  let zeroThreshold = 0;
  let hint = 0;
  let timestamp = 0;
  let startTimestamp = 0;
  const positiveSpans: BucketSpan[] = [];
  const negativeSpans: BucketSpan[] = [];
  const positiveDeltas: number[] = [];
  const negativeDeltas: number[] = [];
  const positiveBuckets: number[] = [];
  const negativeBuckets: number[] = [];
  const customValues: number[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 1: counts.count = reader.uint(); counts.isFloat = false; break;
      case 2: counts.count = reader.double(); counts.isFloat = true; break;
      case 3: sum = reader.double(); break;
      case 4: schema = reader.sint(); break;
      case 5: zeroThreshold = reader.double(); break;
      case 6: counts.zeroCount = reader.uint(); break;
      case 7: counts.zeroCount = reader.double(); break;
      case 8: negativeSpans.push(readSpan(reader.message())); break;
      case 9: reader.sints(negativeDeltas); break;
      case 10: reader.doubles(negativeBuckets); break;
      case 11: positiveSpans.push(readSpan(reader.message())); break;
      case 12: reader.sints(positiveDeltas); break;
      case 13: reader.doubles(positiveBuckets); break;
      case 14: hint = reader.int(); break;
      case 15: timestamp = reader.int(); break;
      case 16: reader.doubles(customValues); break;
      case 17: startTimestamp = reader.int(); break;
      default: reader.skip();
    }
  }
  const { count, zeroCount } = counts;
  const shared = { counterResetHint: HINTS[hint] ?? 'unknown', schema, zeroThreshold, zeroCount, count, sum, positiveSpans, negativeSpans, customValues };
  const received: ReceivedHistogram = counts.isFloat ? { kind: 'float', histogram: { ...shared, positiveBuckets, negativeBuckets } } : { kind: 'integer', histogram: { ...shared, positiveDeltas, negativeDeltas } };
  return { received, timestamp, startTimestamp };
}
