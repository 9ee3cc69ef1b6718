import type { Clock } from '#mesh-core/runtime/clock.ts';
import { connectionRecord } from '../telemetry/request-record.ts';
import type { AccessLog } from '../telemetry/access-log.ts';
import { describeSocket } from './active-chain.ts';
import type { ListenerDependencies } from './listener-runtime.ts';

/** Records connections that no filter chain takes as Envoy does: flag NR in the access log. */
export function noFilterChainRecorder(accessLog: AccessLog, clock: Clock): ListenerDependencies['onNoFilterChain'] {
  return (socket, inspection) => {
    const record = connectionRecord({ ...describeSocket(socket), serverName: inspection.serverName }, clock.now());
    record.flags.push('NR');
    record.details = 'filter_chain_not_found';
    accessLog.add(record);
  };
}
