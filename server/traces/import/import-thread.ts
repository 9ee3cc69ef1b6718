import { parentPort } from 'node:worker_threads';
import { packSpans, type PackedSpans } from '#server/traces/segment/packed-spans.ts';
import { serveThread, Transferred } from '#server/traces/threads/serve-thread.ts';
import { ImportReader, type ImportSummary } from './import-reader.ts';

// The entry of a thread that reads one large file and ends: what the reading took of memory goes with it.

export type ImportThreadVerbs = {
  open(file: Uint8Array, nowMicro: number): void;
  next(): PackedSpans | undefined;
  summary(): ImportSummary;
  close(): void;
};

if (parentPort === null) throw new Error('this file is the entry of a thread');
let reader = new ImportReader(new Uint8Array(), 0);
serveThread<ImportThreadVerbs>(parentPort, {
  open: (file, nowMicro) => void (reader = new ImportReader(file, nowMicro)),
  next() {
    const batch = reader.next();
    if (batch === undefined) return undefined;
    const packed = packSpans(batch);
    return new Transferred(packed, [packed.bytes.buffer]);
  },
  summary: () => reader.summary(),
  close: () => undefined,
});
