import type { BucketSpan } from '#server/histogram/float-histogram.ts';
import type { ProtobufReader } from './protobuf-reader.ts';

/** Reads a BucketSpan, which every message with native histograms has: `sint32 offset = 1; uint32 length = 2`. */
export function readSpan(reader: ProtobufReader): BucketSpan {
  let offset = 0;
  let length = 0;
  while (reader.next()) {
    if (reader.field === 1) offset = reader.sint();
    else if (reader.field === 2) length = reader.uint();
    else reader.skip();
  }
  return { offset, length };
}
