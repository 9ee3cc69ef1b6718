import { Counter, type Registry } from 'prom-client';
import type { IngestStatus, ProtocolStatus } from './ingest-status.ts';

/** Tells the counts of a status at every scrape of the server's own `/metrics`. */
export function ingestMetrics(status: Pick<IngestStatus, 'snapshot'>, registry: Registry): void {
  const counter = (name: string, help: string, label: string | undefined, read: (of: ProtocolStatus) => Readonly<Record<string, number>>): void => {
    new Counter({
      name,
      help,
      labelNames: ['protocol', ...(label === undefined ? [] : [label])],
      registers: [registry],
      collect() {
        this.reset();
        for (const of of status.snapshot().protocols) for (const [value, count] of Object.entries(read(of))) this.inc({ protocol: of.protocol, ...(label === undefined ? {} : { [label]: value }) }, count);
      },
    });
  };
  counter('binnacle_traces_requests_total', 'Requests with spans that were taken.', undefined, (of) => ({ all: of.requests }));
  counter('binnacle_traces_requests_refused_total', 'Requests with spans that were refused, by reason.', 'reason', (of) => of.refused);
  counter('binnacle_traces_spans_accepted_total', 'Spans that were stored.', undefined, (of) => ({ all: of.spans }));
  counter('binnacle_traces_spans_rejected_total', 'Spans that were left out of requests that were taken, by reason.', 'reason', (of) => of.rejected);
  counter('binnacle_traces_bytes_total', 'Bytes of the requests that were taken, unpacked.', undefined, (of) => ({ all: of.bytes }));
}
