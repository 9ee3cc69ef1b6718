import { memoryUsage } from 'node:process';
import type { Listener } from '#mesh-core/domain/envoy/resources.ts';
import type { ServerFigures } from '../stats/collect-stats.ts';
import { serverState } from './admin-sources.ts';
import type { AdminSources } from './admin-sources.ts';
import { daysUntil } from './certs-page.ts';

const STATES = { LIVE: 0, DRAINING: 1, INITIALIZING: 3 } as const;

/** `GET /server_info`. Source: envoy/admin/v3/server_info.proto, in proto3 JSON. */
export function serverInfo(sources: AdminSources): object {
  const { node, version, log } = sources;
  const uptime = `${uptimeSeconds(sources)}s`;
  return {
    version,
    state: serverState(sources),
    uptime_current_epoch: uptime,
    uptime_all_epochs: uptime,
    hot_restart_version: 'disabled',
    command_line_options: { service_node: node.id, service_cluster: node.cluster, concurrency: 1, ...('level' in log ? { log_level: log.level } : {}) },
    node: { id: node.id, cluster: node.cluster, metadata: node.metadata, user_agent_name: node.userAgentName },
  };
}

/** `GET /memory`, in bytes. Source: envoy/admin/v3/memory.proto, whose 64-bit numbers are texts. */
export function memoryPage(): object {
  const { heapUsed, heapTotal, rss, external } = memoryUsage();
  return { allocated: String(heapUsed + external), heap_size: String(heapTotal + external), pageheap_unmapped: '0', pageheap_free: String(heapTotal - heapUsed), total_thread_cache: '0', total_physical_bytes: String(rss) };
}

/** `GET /listeners`: `NAME::ADDRESS:PORT` a line. */
export function listenersText(listeners: readonly Listener[]): string {
  return listeners.map(({ name, address: { socketAddress } }) => `${name}::${socketAddress.address}:${socketAddress.portValue}\n`).join('');
}

/** `GET /listeners?format=json`. Source: envoy/admin/v3/listeners.proto. */
export function listenersJson(listeners: readonly Listener[]): object {
  return { listener_statuses: listeners.map(({ name, address: { socketAddress } }) => ({ name, local_address: { socket_address: { address: socketAddress.address, port_value: socketAddress.portValue } } })) };
}

/** What `/stats` tells of the process. */
export function serverFigures(sources: AdminSources): ServerFigures {
  const { heapUsed, heapTotal, rss, external } = memoryUsage();
  const state = serverState(sources);
  return {
    version: sources.version,
    isLive: state === 'LIVE',
    state: STATES[state],
    uptimeSeconds: uptimeSeconds(sources),
    memoryAllocatedBytes: heapUsed + external,
    memoryHeapBytes: heapTotal + external,
    memoryPhysicalBytes: rss,
    daysUntilFirstCertificateExpires: daysUntil(sources.certificate.current.notAfter, sources.now()),
    isConnectedToControlPlane: sources.ads.connected,
  };
}

function uptimeSeconds({ now, startedAt }: AdminSources): number {
  return Math.floor((now() - startedAt) / 1000);
}
