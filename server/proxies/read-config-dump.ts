import { z } from 'zod';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { ComparedResource, Resource } from './schemas.ts';

/** A resource as a proxy's config dump has it. */
export type HeldResource = Required<Pick<ComparedResource, 'type' | 'name' | 'phase' | 'held'>> & Pick<ComparedResource, 'version' | 'updatedAt'>;

const Stamp = z.object({ version_info: z.string().optional(), last_updated: z.string().optional() });
const Body = z.record(z.string(), z.unknown());
const WithCluster = Stamp.extend({ cluster: Body });
const ListenerState = Stamp.extend({ listener: Body });
const DumpPart = z.object({
  dynamic_active_clusters: z.array(WithCluster).optional(),
  dynamic_warming_clusters: z.array(WithCluster).optional(),
  static_clusters: z.array(WithCluster).optional(),
  dynamic_endpoint_configs: z.array(Stamp.extend({ endpoint_config: Body })).optional(),
  dynamic_listeners: z.array(z.object({ name: z.string().optional(), active_state: ListenerState.optional(), warming_state: ListenerState.optional(), draining_state: ListenerState.optional() })).optional(),
  static_listeners: z.array(ListenerState).optional(),
  dynamic_route_configs: z.array(Stamp.extend({ route_config: Body })).optional(),
  dynamic_active_secrets: z.array(Stamp.extend({ name: z.string().optional(), secret: Body })).optional(),
});
const Dump = z.object({ configs: z.array(DumpPart.loose()) });

/**
 * Reads what a proxy answers to `GET /config_dump?include_eds`. Undefined when the text is no config dump. A listener or cluster that is in
 * force while a newer one warms is given as the one in force, with phase `warming`. Source: envoy/admin/v3/config_dump_shared.proto.
 */
export function readConfigDump(text: string): readonly HeldResource[] | undefined {
  const parsed = Dump.safeParse(jsonOf(text));
  return parsed.success ? parsed.data.configs.flatMap(resourcesOf) : undefined;
}

function resourcesOf(part: z.infer<typeof DumpPart>): HeldResource[] {
  const active = part.dynamic_active_clusters ?? [];
  const warming = part.dynamic_warming_clusters ?? [];
  const isWarming = (name: unknown): boolean => warming.some(({ cluster }) => cluster['name'] === name);
  return [
    ...[...active, ...(part.static_clusters ?? [])].map((one) => held('cluster', one.cluster, one, isWarming(one.cluster['name']) ? 'warming' : 'active')),
    ...warming.filter(({ cluster }) => !active.some((one) => one.cluster['name'] === cluster['name'])).map((one) => held('cluster', one.cluster, one, 'warming')),
    ...(part.dynamic_endpoint_configs ?? []).map((one) => held('endpoint', one.endpoint_config, one)),
    ...(part.dynamic_listeners ?? []).flatMap(({ active_state: inForce, warming_state: newer, draining_state: old }) => {
      const shown = inForce ?? newer ?? old;
      return shown === undefined ? [] : [held('listener', shown.listener, shown, newer !== undefined ? 'warming' : inForce === undefined ? 'draining' : 'active')];
    }),
    ...(part.static_listeners ?? []).map((one) => held('listener', one.listener, one)),
    ...(part.dynamic_route_configs ?? []).map((one) => held('route', one.route_config, one)),
    ...(part.dynamic_active_secrets ?? []).map((one) => held('secret', { name: one.name, ...one.secret }, one)),
  ];
}

function held(type: ResourceType, body: Resource, stamp: z.infer<typeof Stamp>, phase: HeldResource['phase'] = 'active'): HeldResource {
  // The type is said beside it; what the control plane offers has no such field.
  const resource = Object.fromEntries(Object.entries(body).filter(([field]) => field !== '@type'));
  return {
    type,
    name: nameOf(type, resource),
    phase,
    held: resource,
    ...(stamp.version_info === undefined || stamp.version_info === '' ? {} : { version: stamp.version_info }),
    ...(stamp.last_updated === undefined ? {} : { updatedAt: stamp.last_updated }),
  };
}

function nameOf(type: ResourceType, resource: Resource): string {
  const name = resource[type === 'endpoint' ? 'clusterName' : 'name'];
  return typeof name === 'string' ? name : '';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
