import { parentPort } from 'node:worker_threads';
import { ServerError } from '#server/server-error.ts';
import { compareOpened } from '#server/traces/compare/compare-opened.ts';
import { beginGathering, type Gathering } from '#server/traces/compare/gather-traces.ts';
import { traceOfSegment } from '#server/traces/core/trace-of-segment.ts';
import { openPacked } from '#server/traces/segment/packed-segment.ts';
import { serveThread, Transferred } from '#server/traces/threads/serve-thread.ts';
import { openTrace, type OpenedTrace } from '#server/traces/view/opened-trace.ts';
import { encodeTrace } from './encode-trace.ts';
import type { TraceThreadVerbs } from './verbs.ts';

// The entry of a thread that does the long work on large traces (trace-work.ts). What it has open is for the other side to bound.

if (parentPort === null) throw new Error('this file is the entry of a thread');
const open = new Map<number, OpenedTrace>();
const gatherings = new Map<number, Gathering>();
const opened = (key: number): OpenedTrace => {
  const trace = open.get(key);
  if (trace === undefined) throw new ServerError('conflict', 'The trace is not open any more.', { hint: 'Load it again.' });
  return trace;
};
const begun = (key: number): Gathering => {
  const gathering = gatherings.get(key);
  if (gathering === undefined) throw new Error('it was given up');
  return gathering;
};
serveThread<TraceThreadVerbs>(parentPort, {
  open(key, packed) {
    const trace = openTrace(openPacked(packed));
    open.set(key, trace);
    const { traceId, version, bytes, columns } = trace;
    return new Transferred({ traceId, version, bytes, count: columns.count }, [bytes.buffer]);
  },
  find: (key, text) => opened(key).find(text),
  details: (key, rows) => opened(key).details(rows),
  statistics: (key, request) => opened(key).statistics(request),
  forget(key) {
    open.delete(key);
    gatherings.delete(key);
  },
  compare: (a, b, limit) => compareOpened(openTrace(openPacked(a)), openTrace(openPacked(b)), limit),
  begin: (key, task) => void gatherings.set(key, beginGathering(task)),
  gather: (key, side, packed) => begun(key).add(side, openPacked(packed)),
  gathered: (key, places) => begun(key).finish(places),
  encode(packed, encoding) {
    const bytes = encodeTrace(traceOfSegment(openPacked(packed)), encoding);
    return new Transferred(bytes, [bytes.buffer]);
  },
  encodeSpans(trace, encoding) {
    const bytes = encodeTrace(trace, encoding);
    return new Transferred(bytes, [bytes.buffer]);
  },
  close() {
    open.clear();
    gatherings.clear();
  },
});
