import { namespaceOf } from '../resources/kube-object.ts';
import type { DestinationRule, PortTrafficPolicy, TrafficPolicy } from '../resources/networking.ts';
import { compareText } from '../translate/config-order.ts';
import type { BackendPolicy } from './backend-policy.ts';
import { GENERATED, PARENTS_ANNOTATION } from './converted-gateway.ts';
import type { RouteContext } from './route-context.ts';

/** One DestinationRule per target and host: of each setting the oldest policy's holds. Source: istiod's DestinationRuleCollection. */
export function mergeDestinationRules(policies: readonly BackendPolicy[], context: RouteContext): DestinationRule[] {
  const groups = Map.groupBy(policies, ({ target, host }) => `${target.kind}/${target.namespace}/${target.name}/${host}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [mergedRule(first, group.toSorted(byAge), context)];
  });
}

function byAge({ source: a }: BackendPolicy, { source: b }: BackendPolicy): number {
  return compareText(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') || compareText(namespaceOf(a), namespaceOf(b)) || compareText(a.metadata.name, b.metadata.name);
}

function mergedRule({ target, host }: BackendPolicy, policies: readonly BackendPolicy[], context: RouteContext): DestinationRule {
  let trafficPolicy: TrafficPolicy = {};
  const ports = new Map<string | number, PortTrafficPolicy>();
  const parents = new Set<string>();
  for (const policy of policies) {
    const { tls, loadBalancer, retryBudget, source } = policy;
    const port = policy.port ?? policy.sectionName;
    if (tls !== undefined && port !== undefined) {
      if (!ports.has(port)) ports.set(port, { port: { number: typeof port === 'number' ? port : portNumber(target, port, context) }, tls });
    } else if (tls !== undefined) {
      // A second policy for all of the host says nothing more, and is not named among the parents.
      if (trafficPolicy.tls !== undefined) continue;
      trafficPolicy = { ...trafficPolicy, tls };
    }
    if (loadBalancer !== undefined) {
      if (trafficPolicy.loadBalancer !== undefined) continue;
      trafficPolicy = { ...trafficPolicy, loadBalancer };
    }
    if (retryBudget !== undefined) {
      if (trafficPolicy.retryBudget !== undefined) continue;
      trafficPolicy = { ...trafficPolicy, retryBudget };
    }
    parents.add(`${source.kind}/${namespaceOf(source)}.${source.metadata.name}`);
  }
  const portLevelSettings = [...ports.values()].sort((a, b) => a.port.number - b.port.number);
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: ruleName(target, host), namespace: target.namespace, annotations: { [PARENTS_ANNOTATION]: [...parents].join(',') } },
    spec: { host, trafficPolicy: { ...trafficPolicy, ...(portLevelSettings.length === 0 ? undefined : { portLevelSettings }) } },
  };
}

/** 0 for a name that is not there: a port that no client uses. */
function portNumber({ kind, namespace, name }: BackendPolicy['target'], portName: string, { services, serviceEntries }: RouteContext): number {
  const key = `${namespace}/${name}`;
  if (kind === 'Service') return services.get(key)?.spec?.ports?.find((port) => port.name === portName)?.port ?? 0;
  return kind === 'ServiceEntry' ? (serviceEntries.get(key)?.spec?.ports?.find((port) => port.name === portName)?.number ?? 0) : 0;
}

function ruleName({ kind, name }: BackendPolicy['target'], host: string): string {
  return kind === 'Service' ? `${name}~${GENERATED}` : `${name}~${host.replaceAll('.', '-')}~${GENERATED}`;
}
