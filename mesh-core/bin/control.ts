// The control plane: `node mesh-core/bin/control.ts --data-dir .binnacle`.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startControlPlane } from '#mesh-core/control/start-control-plane.ts';
import { createLogger } from '#mesh-core/runtime/logger.ts';
import { Shutdown } from '#mesh-core/runtime/shutdown.ts';

const HELP = `Usage: node mesh-core/bin/control.ts [options]

The mesh's control plane: Kubernetes-style API, configuration (xDS) and certificates for proxies. Listens on 127.0.0.1.

  --data-dir DIR           objects, certificate authority, kubeconfig (BINNACLE_DATA_DIR, else .binnacle)
  --kube-port PORT         Kubernetes API, HTTPS (6443; 0 = any free port, again the same after a restart)
  --xds-port PORT          xDS and certificates, gRPC over TLS (15012)
  --monitoring-port PORT   /metrics, /healthz, /debug/syncz (15014)
  --cert-ttl-seconds N     longest life of a workload certificate (86400)
  --debounce-after-ms N    quiet time after a change before proxies are sent it (100)
  --debounce-max-ms N      longest wait while changes go on (10000)
  --otlp-port PORT         where proxies send spans; 0 = nowhere (4318)
  --gateway-port PORT      the ingress gateway's port, for its Service; 0 = write none (8080)
`;

const log = createLogger('control');

try {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string', default: process.env['BINNACLE_DATA_DIR'] ?? '.binnacle' },
      'kube-port': { type: 'string', default: '6443' },
      'xds-port': { type: 'string', default: '15012' },
      'monitoring-port': { type: 'string', default: '15014' },
      'cert-ttl-seconds': { type: 'string', default: '86400' },
      'debounce-after-ms': { type: 'string', default: '100' },
      'debounce-max-ms': { type: 'string', default: '10000' },
      'otlp-port': { type: 'string', default: '4318' },
      'gateway-port': { type: 'string', default: '8080' },
      help: { type: 'boolean', default: false },
    },
  });
  const number = (name: Exclude<keyof typeof values, 'help'>, low: number, high: number): number => {
    const value = Number(values[name]);
    if (values[name].trim() === '' || !Number.isInteger(value) || value < low || value > high) throw new RangeError(`--${name} takes a whole number from ${low} to ${high}, not "${values[name]}".`);
    return value;
  };
  const port = (name: Exclude<keyof typeof values, 'help'>): number => number(name, 0, 65_535);
  if (values.help) console.log(HELP);
  else {
    const control = await startControlPlane({
      dataDir: resolve(values['data-dir']),
      kubePort: port('kube-port'),
      xdsPort: port('xds-port'),
      monitoringPort: port('monitoring-port'),
      certTtlSeconds: number('cert-ttl-seconds', 10, 90 * 86_400),
      debounce: { quietMs: number('debounce-after-ms', 0, 60_000), longestMs: number('debounce-max-ms', 0, 600_000) },
      otlpPort: port('otlp-port'),
      gatewayPort: port('gateway-port'),
      log,
    });
    const shutdown = new Shutdown(log);
    shutdown.add('control plane', () => control.stop());
    shutdown.listen();
    log.info({ endpoints: control.endpoints }, 'ready');
    process.send?.({ kind: 'ready', endpoints: control.endpoints });
  }
} catch (error) {
  log.error({ error: error instanceof Error ? error.message : String(error) }, 'the control plane could not be started');
  process.exitCode = 1;
  // Timers and sockets of a start that failed half-way must not keep the process.
  setTimeout(() => process.exit(1), 100).unref();
}
