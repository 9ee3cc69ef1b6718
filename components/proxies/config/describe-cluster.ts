import { addressText } from './describe-listener.ts';
import { describeTls, type TlsView } from './describe-tls.ts';
import { at, isObject, objectsAt, textAt, type Json } from './json-at.ts';

export interface ClusterView {
  /** How endpoints are found: `EDS`, `STATIC`, `STRICT_DNS` … */
  readonly discovery: string;
  readonly balancer: string;
  readonly connectTimeout?: string;
  readonly service?: string;
  readonly subset?: string;
  /** Circuit breakers and outlier detection, in words; limits that are none are left out. */
  readonly guards: readonly string[];
  /** One for each kind of endpoint: `when` is what the endpoint's metadata must say ('' = every other). */
  readonly tls: readonly { readonly when: string; readonly tls: TlsView }[];
  /** Path of the object that shaped it, as istiod writes it. */
  readonly config?: string;
}
export interface EndpointView {
  readonly address: string;
  readonly health: string;
  readonly weight: number;
  readonly priority: number;
  readonly locality: string;
  readonly mutualTls: boolean;
  readonly workload?: string;
}

/** 2^32 − 1: what Istio writes for "no limit". */
const UNLIMITED = '4294967295';

/** Reads a Cluster. Source: envoy.config.cluster.v3. */
export function describeCluster(cluster: Json): ClusterView {
  const istio = at(cluster, 'metadata', 'filterMetadata', 'istio');
  const [service, subset, config, connectTimeout] = [textAt(objectsAt(istio, 'services')[0], 'host'), textAt(istio, 'subset'), textAt(istio, 'config'), textAt(cluster, 'connectTimeout')];
  const matches = objectsAt(cluster, 'transportSocketMatches');
  return {
    discovery: textAt(cluster, 'type') ?? textAt(cluster, 'clusterType', 'name') ?? 'STATIC',
    balancer: textAt(cluster, 'lbPolicy') ?? 'ROUND_ROBIN',
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
    ...(service === undefined ? {} : { service }),
    ...(subset === undefined ? {} : { subset }),
    guards: [...breakersOf(cluster), ...outliersOf(cluster)],
    tls: matches.length === 0 ? [{ when: '', tls: describeTls(cluster['transportSocket']) }] : matches.map((match) => ({ when: Object.entries(objectOf(match['match'])).map(([key, value]) => `${key} is ${String(value)}`).join(', '), tls: describeTls(match['transportSocket']) })),
    ...(config === undefined ? {} : { config }),
  };
}

/** Reads a ClusterLoadAssignment: its endpoints in order of priority. Source: envoy.config.endpoint.v3. */
export function describeEndpoints(assignment: Json): readonly EndpointView[] {
  return objectsAt(assignment, 'endpoints').flatMap((group) => {
    const locality = (['region', 'zone', 'subZone'] as const).map((part) => textAt(group, 'locality', part)).filter((part) => part !== undefined && part !== '').join('/');
    return objectsAt(group, 'lbEndpoints').map((one): EndpointView => {
      const metadata = at(one, 'metadata', 'filterMetadata');
      const workload = textAt(metadata, 'istio', 'workload')?.split(';');
      return {
        address: addressText(at(one, 'endpoint', 'address')),
        health: textAt(one, 'healthStatus') ?? 'UNKNOWN',
        weight: Number(textAt(one, 'loadBalancingWeight') ?? 1),
        priority: Number(textAt(group, 'priority') ?? 0),
        locality,
        mutualTls: textAt(metadata, 'envoy.transport_socket_match', 'tlsMode') === 'istio',
        ...(workload?.[0] === undefined || workload[0] === '' ? {} : { workload: workload[1] === undefined ? workload[0] : `${workload[0]}.${workload[1]}` }),
      };
    });
  });
}

function breakersOf(cluster: Json): readonly string[] {
  const threshold = objectsAt(cluster, 'circuitBreakers', 'thresholds')[0];
  const limits = [['maxConnections', 'connections'], ['maxPendingRequests', 'waiting requests'], ['maxRequests', 'requests'], ['maxRetries', 'retries']] as const;
  return limits.flatMap(([field, what]) => {
    const limit = textAt(threshold, field);
    return limit === undefined || limit === UNLIMITED ? [] : [`at most ${limit} ${what}`];
  });
}

function outliersOf(cluster: Json): readonly string[] {
  const outliers = at(cluster, 'outlierDetection');
  if (outliers === undefined) return [];
  const [errors, gateway, interval, ejection] = [textAt(outliers, 'consecutive5xx'), textAt(outliers, 'consecutiveGatewayFailure'), textAt(outliers, 'interval'), textAt(outliers, 'baseEjectionTime')];
  const after = [...(errors === undefined || errors === '0' ? [] : [`${errors} errors`]), ...(gateway === undefined || gateway === '0' ? [] : [`${gateway} gateway errors`])].join(' or ');
  return [`ejects an endpoint${after === '' ? '' : ` after ${after} in a row`}${interval === undefined ? '' : `, looks every ${interval}`}${ejection === undefined ? '' : `, for ${ejection} at first`}`];
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}
