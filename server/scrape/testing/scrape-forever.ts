import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { createLogger } from '#mesh-core/runtime/logger.ts';
import { openMetricsThread } from '#server/metrics/metrics-thread.ts';
import { meshRegistrySource } from '#server/scrape/mesh-registry-source.ts';
import { startScrapeManager } from '#server/scrape/scrape-manager.ts';

/**
 * A child process that scrapes one target into a store, as the server does, until it is killed. Arguments: directory,
 * port of the target, scrape interval (ms).
 */
const [directory = '', port = '', interval = '1000'] = process.argv.slice(2);
const log = createLogger('scrape-forever');
const store = await openMetricsThread({ directory, clock: systemClock, log });
const entry: KubeObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'WorkloadEntry',
  metadata: { name: 'target', namespace: 'shop', annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': port } },
  spec: { address: '127.0.0.1', labels: { app: 'target' } },
};
startScrapeManager({
  // Safe because the registry lists WorkloadEntries only.
  sources: [meshRegistrySource({ config: { list: <T extends KubeObject>() => [entry] as unknown as readonly T[], onChange: () => () => undefined }, intervalMs: Number(interval) })],
  appender: store.appender,
  clock: systemClock,
  log,
  tellMs: Number(interval),
});
// The clock's timers do not keep a process alive on their own.
setInterval(() => undefined, 60_000);
