import { ByteReader } from '#server/timeseries/byte-reader.ts';
import { ByteWriter } from '#server/timeseries/byte-writer.ts';
import type { SampledField, SpanSample } from '#server/traces/derived/span-sample.ts';
import { decodeUint32, encodeNumbers } from './number-planes.ts';
import { decodeValues, encodeValues, type ValueList } from './value-list.ts';

/** A sample of spans as the bytes of a page: rows, then each field with its values and codes. */
export function encodeSample({ rows, fields }: SpanSample): Uint8Array {
  const out = new ByteWriter(4096);
  numbers(out, rows);
  out.varint(fields.length);
  for (const { field, key, codes, first, distinct, valueOf } of fields) {
    out.string(field);
    out.string(key);
    out.varint(distinct);
    const values = encodeValues(Array.from({ length: distinct }, (_, i) => valueOf(i + 1)));
    out.varint(values.length);
    out.bytes(values);
    out.u8(first === undefined ? 0 : 1);
    if (first !== undefined) numbers(out, first);
    numbers(out, codes);
  }
  return out.finish();
}

/** The reverse. Values are made when they are asked for. Throws DamagedDataError. */
export function decodeSample(page: Uint8Array): SpanSample {
  const reader = new ByteReader(page);
  const rows = readNumbers(reader);
  const fields = Array.from({ length: reader.count() }, (): SampledField => {
    const field = reader.string();
    const key = reader.string();
    const distinct = reader.varint();
    const values = reader.bytes(reader.varint());
    const first = reader.u8() === 0 ? undefined : readNumbers(reader);
    const codes = readNumbers(reader);
    let list: ValueList | undefined;
    return { field, key, codes, ...(first === undefined ? {} : { first }), distinct, valueOf: (code) => (list ??= decodeValues(values, distinct)).valueOf(code) };
  });
  return { rows, fields };
}

function numbers(out: ByteWriter, list: Uint32Array): void {
  const bytes = encodeNumbers(list);
  out.varint(list.length);
  out.varint(bytes.length);
  out.bytes(bytes);
}

function readNumbers(reader: ByteReader): Uint32Array {
  const count = reader.varint();
  return decodeUint32(reader.bytes(reader.varint()), count);
}
