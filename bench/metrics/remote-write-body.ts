import { compress } from 'snappyjs';
import type { SeriesLabels } from './series.ts';

/**
 * Encodes a remote write 1.0 request: every series with all its samples, in order. `times` are Unix ms. Source:
 * prometheus.io/docs/specs/prw/remote_write_spec (message WriteRequest).
 */
export function remoteWriteBody(series: readonly { readonly labels: SeriesLabels; readonly values: readonly number[] }[], times: readonly number[]): Uint8Array {
  const parts = series.map(({ labels, values }) => {
    const fields = [...labels.map(([name, value]) => message(1, Buffer.concat([text(1, name), text(2, value)]))), ...values.map((value, i) => message(2, sample(value, times[i] ?? 0)))];
    return message(1, Buffer.concat(fields));
  });
  return compress(Buffer.concat(parts));
}

function sample(value: number, time: number): Buffer {
  const out = Buffer.alloc(9);
  out[0] = 0x09;
  out.writeDoubleLE(value, 1);
  return Buffer.concat([out, Buffer.from([0x10]), varint(time)]);
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

function message(field: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2]), varint(body.length), body]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
