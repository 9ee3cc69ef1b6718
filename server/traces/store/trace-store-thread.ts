import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { TraceReader } from './read-traces.ts';
import { prepareSchema } from './schema.ts';
import { SpanWriter } from './span-writer.ts';
import { sweepNames, sweepSlice } from './sweep-traces.ts';
import type { TraceThreadAnswer, TraceThreadData, TraceThreadRequest, TraceThreadVerb, TraceThreadVerbs } from './trace-store-messages.ts';

// The entry of a store's thread: SQLite answers synchronously, so it runs beside the server's event loop, not in it.

function run(port: MessagePort, { file, role }: TraceThreadData): void {
  const db = openDatabase(file, role);
  const answer = (message: TraceThreadAnswer): void => port.postMessage(message);
  const attempt = (id: number, work: () => unknown): void => {
    try {
      answer({ id, ok: true, value: work() });
    } catch (error) {
      answer({ id, ok: false, message: error instanceof Error ? error.message : String(error) });
    }
  };
  const close = (request: TraceThreadRequest): void => {
    attempt(request.id, () => db.close());
    port.close();
  };
  if (role === 'reader') {
    const reader = new TraceReader(db);
    port.on('message', (request: TraceThreadRequest) => {
      if (request.verb === 'close') close(request);
      else attempt(request.id, () => read(reader, request));
    });
  } else {
    const writer = createWriterLoop(db, answer);
    port.on('message', (request: TraceThreadRequest) => {
      if (is(request, 'append')) writer.append(request);
      else if (is(request, 'sweep')) writer.sweep(request);
      else if (request.verb === 'close') {
        writer.flush();
        close(request);
      } else answer({ id: request.id, ok: false, message: `the writer does not answer ${request.verb}` });
    });
  }
  answer({ id: 0, ok: true, value: undefined });
}

function openDatabase(file: string, role: TraceThreadData['role']): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: role === 'reader', timeout: 5000 });
  // auto_vacuum only takes effect before the file is made, which journal_mode would do.
  if (role === 'writer') {
    prepareSchema(db);
    // FULL: what was acknowledged survives a power cut too, not only the end of this process.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864');
  }
  db.exec('PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY');
  return db;
}

function read(reader: TraceReader, request: TraceThreadRequest): unknown {
  if (is(request, 'search')) return reader.search(...request.args);
  if (is(request, 'get')) return reader.get(...request.args);
  if (is(request, 'services')) return reader.services();
  if (is(request, 'operations')) return reader.operations(...request.args);
  if (is(request, 'attributeKeys')) return reader.attributeKeys();
  if (is(request, 'counts')) return reader.counts();
  throw new Error(`a reader does not answer ${request.verb}`);
}

/** Puts the appends that arrived together into one transaction, and sweeps in slices between them. */
function createWriterLoop(db: DatabaseSync, answer: (message: TraceThreadAnswer) => void) {
  const writer = new SpanWriter(db);
  let appends: TraceThreadRequest<'append'>[] = [];
  let sweeping: { readonly request: TraceThreadRequest<'sweep'>; deleted: number } | undefined;
  let scheduled = false;

  const flush = (): void => {
    const batch = appends;
    appends = [];
    if (batch.length === 0) return;
    try {
      const outcomes: readonly ReturnType<TraceThreadVerbs['append']>[] = writer.append(batch.map((r) => r.args[0]), batch[0]?.args[1] ?? 0);
      for (const [i, request] of batch.entries()) answer({ id: request.id, ok: true, value: outcomes[i] });
    } catch (error) {
      for (const { id } of batch) answer({ id, ok: false, message: error instanceof Error ? error.message : String(error) });
    }
  };
  const sweepOnce = (): void => {
    if (sweeping === undefined) return;
    const { request } = sweeping;
    try {
      const { deleted, more } = sweepSlice(db, request.args[0]);
      sweeping.deleted += deleted;
      if (more) return;
      if (sweeping.deleted > 0) sweepNames(db);
      answer({ id: request.id, ok: true, value: sweeping.deleted });
    } catch (error) {
      answer({ id: request.id, ok: false, message: error instanceof Error ? error.message : String(error) });
    }
    sweeping = undefined;
    writer.forget();
  };
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      flush();
      sweepOnce();
      if (sweeping !== undefined || appends.length > 0) schedule();
    });
  };
  return {
    flush,
    append(request: TraceThreadRequest<'append'>): void {
      appends.push(request);
      schedule();
    },
    sweep(request: TraceThreadRequest<'sweep'>): void {
      if (sweeping !== undefined) {
        answer({ id: request.id, ok: true, value: 0 });
        return;
      }
      sweeping = { request, deleted: 0 };
      schedule();
    },
  };
}

function is<V extends TraceThreadVerb>(request: TraceThreadRequest, verb: V): request is TraceThreadRequest<V> {
  return request.verb === verb;
}

// Safe because only the store starts this file, with this data.
if (parentPort !== null) run(parentPort, workerData as TraceThreadData);
