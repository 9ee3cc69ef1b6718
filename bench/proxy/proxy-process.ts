import { closeSync, openSync, writeSync } from 'node:fs';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { startProxy } from '#mesh-core/proxy/start-proxy.ts';

/** One of our proxies in a process of its own, as it is run; its settings come as JSON in BENCH_PROXY. */
export interface ProxySettings {
  readonly workload: string;
  readonly appPort?: number;
  readonly controlPlane: string;
  readonly rootPem: string;
  readonly samplingRatio: number;
  readonly otlpUrl?: string;
  /** Write the access log, to nowhere. */
  readonly accessLog: boolean;
}

// Safe because only our-pair.ts starts this, with the settings of that type.
const settings = JSON.parse(process.env['BENCH_PROXY'] ?? '{}') as ProxySettings;
const { workload, appPort, controlPlane, rootPem, samplingRatio, otlpUrl } = settings;
const nowhere = openSync('/dev/null', 'w');
const proxy = await startProxy({
  identity: { type: 'sidecar', namespace: 'test', workload, serviceAccount: workload, labels: { app: workload, version: 'v1' }, ...(appPort === undefined ? {} : { appPort }) },
  controlPlane,
  rootPem,
  joinToken: () => Promise.resolve(`spiffe://cluster.local/ns/test/sa/${workload}`),
  samplingRatio,
  ...(otlpUrl === undefined ? {} : { otlpUrl }),
  ...(settings.accessLog ? { accessLog: (line: string) => void writeSync(nowhere, line) } : {}),
  log: silentLogger,
});
process.send?.({ ports: proxy.ports });
await proxy.ready;
process.send?.('ready');
process.once('SIGTERM', () => {
  void proxy.close().then(() => {
    closeSync(nowhere);
    // The CPU profiler writes its file at an exit like this one.
    process.exit(0);
  });
});
// The benchmark has gone: so do we.
process.once('disconnect', () => process.exit(0));
