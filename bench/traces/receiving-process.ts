import { systemClock } from '#mesh-core/runtime/clock.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { IngestStatus } from '#server/traces/receiver/ingest-status.ts';
import { createIntake } from '#server/traces/receiver/intake.ts';
import { startOtlpHttp } from '#server/traces/receiver/otlp-http.ts';
import { openTraceStore } from '#server/traces/store/open-trace-store.ts';

/** The part of the server that takes spans in, as a process of its own: says its port, and its store's figures when asked. */
const directory = process.argv[2];
if (directory === undefined || process.send === undefined) throw new Error('this file is started by measure-ingest.ts');
const store = await openTraceStore({ directory, retentionMs: 30 * 86_400_000, maxBytes: 1e12, clock: systemClock, log: silentLogger });
const intake = createIntake({ store, status: new IngestStatus(systemClock), log: silentLogger });
const receiver = await startOtlpHttp({ host: '127.0.0.1', port: 0, intake, clock: systemClock, log: silentLogger });
process.send({ port: receiver.port });
process.on('message', (message) => {
  void (async () => {
    if (message === 'flush') await store.flush();
    process.send?.({ stats: await store.stats() });
  })();
});
process.on('disconnect', () => void receiver.close().then(() => store.close()));
