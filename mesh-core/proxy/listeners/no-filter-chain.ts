import { Counter } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { tcpRecord } from '../tcp/tcp-record.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import { describeSocket } from './active-chain.ts';
import type { ListenerDependencies } from './listener-runtime.ts';

/** Records connections that no filter chain takes as Envoy does: flag NR in the access log, and a counter per listener. */
export function noFilterChainRecorder(registry: Registry, accessLog: AccessLog, clock: Clock): ListenerDependencies['onNoFilterChain'] {
  const counter = new Counter({ name: 'envoy_listener_no_filter_chain_match', help: 'connections that no filter chain took', labelNames: ['listener'], registers: [registry] });
  return (listener, socket, inspection) => {
    counter.labels(listener.name).inc();
    const record = tcpRecord({ ...describeSocket(socket), serverName: inspection.serverName }, clock.now());
    record.flags.push('NR');
    record.details = 'filter_chain_not_found';
    accessLog.add(record);
  };
}
