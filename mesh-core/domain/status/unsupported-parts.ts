import type { EnvoyConfigPatch } from '../resources/envoy-filter.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import { readPatch } from '../translate/envoy-filter-patches.ts';

/** A part of an object that is accepted and kept, but that this mesh does not obey. */
export interface UnsupportedPart {
  /** `spec.configPatches[0]` */
  readonly path: string;
  /** Why, and what to do instead, if there is something. */
  readonly message: string;
}

interface Row {
  /** Field by field; `[]` means every item of a list, `{}` every value of a map. */
  readonly path: string;
  readonly message: string;
  /** Which values are meant; absent = any that is there. */
  readonly when?: (value: unknown) => boolean;
}

const NO_WAYPOINT: Row = {
  path: 'spec.targetRefs[]',
  when: (value) => typeof value === 'object' && value !== null && !('kind' in value && value.kind === 'Gateway'),
  message: 'there are no waypoints in this mesh: only a Gateway can be a target; use a selector for workloads',
};
const NOT_CAPTURED: Pick<Row, 'when' | 'message'> = { when: (value) => value === 'IPTABLES', message: 'traffic is not captured in this mesh: the listener is bound to its port' };

const NO_PROXY_PROTOCOL = 'the proxies of this mesh connect without the PROXY protocol; a stock Envoy sends it';
const UNIX_SOCKET: Pick<Row, 'when' | 'message'> = { when: (value) => typeof value === 'string' && value.startsWith('unix://'), message: 'proxies of this mesh connect by IP only: what is behind a Unix socket is left out' };
const NO_TUNNEL = 'the proxies of this mesh open no tunnels for TCP connections; a stock Envoy does';

/**
 * What each kind may say that is not obeyed; the one table that the control plane's status conditions are made from. To tell of
 * another part add a row; to support a part take its row away.
 */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  WasmPlugin: [{ path: 'spec', message: 'the proxies of this mesh run no WebAssembly: the plugin has no effect' }],
  TrafficExtension: [{ path: 'spec', message: 'the proxies of this mesh run neither WebAssembly nor Lua: the extension has no effect' }],
  ProxyConfig: [
    { path: 'spec.concurrency', message: 'a proxy of this mesh is one process with one thread' },
    { path: 'spec.environmentVariables', message: 'set the environment where the workload is started' },
    { path: 'spec.image', message: 'proxies are not started from images here' },
  ],
  EnvoyFilter: [
    { path: 'spec.configPatches[]', when: (value) => readPatch(asPatch(value)) === undefined, message: 'only envoy.filters.http.local_ratelimit can be inserted as an HTTP filter, and its configuration and rate_limits merged into routes, with fields this mesh knows; the patch has no effect' },
    { path: 'spec.targetRefs', message: 'an EnvoyFilter is chosen by workloadSelector here: with targetRefs it has no effect' },
  ],
  Telemetry: [
    NO_WAYPOINT,
    { path: 'spec.tracing[].customTags{}.formatter', message: 'tags with a formatter are left out; use literal, environment or header' },
    { path: 'spec.tracing[].useRequestIdForTraceSampling', when: (value) => value === true, message: 'the decision to sample travels in the trace headers only' },
    { path: 'spec.tracing[].disableContextPropagation', when: (value) => value === true, message: 'trace headers are always passed on' },
    { path: 'spec.metrics[].overrides[].match.customMetric', message: 'there are no custom metrics here' },
    { path: 'spec.metrics[].reportingInterval', message: 'bytes of TCP connections are counted as they come' },
  ],
  AuthorizationPolicy: [NO_WAYPOINT, { path: 'spec.targetRef', when: NO_WAYPOINT.when ?? (() => true), message: NO_WAYPOINT.message }],
  RequestAuthentication: [NO_WAYPOINT, { path: 'spec.targetRef', when: NO_WAYPOINT.when ?? (() => true), message: NO_WAYPOINT.message }],
  DestinationRule: ['spec.trafficPolicy', 'spec.trafficPolicy.portLevelSettings[]', 'spec.subsets[].trafficPolicy', 'spec.subsets[].trafficPolicy.portLevelSettings[]'].flatMap((policy): Row[] => [
    { path: `${policy}.proxyProtocol`, message: NO_PROXY_PROTOCOL },
    { path: `${policy}.tunnel`, message: NO_TUNNEL },
  ]),
  ServiceEntry: [{ path: 'spec.endpoints[].address', ...UNIX_SOCKET }],
  WorkloadEntry: [{ path: 'spec.address', ...UNIX_SOCKET }],
  Sidecar: [
    { path: 'spec.ingress[].defaultEndpoint', ...UNIX_SOCKET },
    { path: 'spec.egress[].bind', ...UNIX_SOCKET },
    { path: 'spec.ingress[].captureMode', ...NOT_CAPTURED },
    { path: 'spec.egress[].captureMode', ...NOT_CAPTURED },
  ],
  WorkloadGroup: [{ path: 'spec.probe', message: 'the sidecar probes the port of its app itself: whether it takes connections' }],
};

/** The kinds that the table speaks of, by their id. */
export const KINDS_WITH_UNSUPPORTED_PARTS: readonly string[] = Object.keys(ROWS);

/** What of an object this mesh accepts but does not obey, in the order of the table. */
export function unsupportedParts(object: KubeObject): UnsupportedPart[] {
  return (ROWS[object.kind] ?? []).flatMap(({ path, message, when = () => true }) => valuesAt(object, path.split(/\.|(?=\[\])|(?=\{\})/), '').flatMap((found) => (when(found.value) ? [{ path: found.path, message }] : [])));
}

interface Found {
  readonly path: string;
  readonly value: unknown;
}

function valuesAt(value: unknown, steps: readonly string[], path: string): Found[] {
  const [step, ...rest] = steps;
  if (step === undefined) return value === undefined || value === null ? [] : [{ path, value }];
  if (step === '[]') return Array.isArray(value) ? value.flatMap((item, index) => valuesAt(item, rest, `${path}[${index}]`)) : [];
  if (typeof value !== 'object' || value === null) return [];
  if (step === '{}') return Object.entries(value).flatMap(([key, item]) => valuesAt(item, rest, `${path}[${key}]`));
  return Object.hasOwn(value, step) ? valuesAt((value as Readonly<Record<string, unknown>>)[step], rest, path === '' ? step : `${path}.${step}`) : [];
}

/** Safe because `readPatch` looks at every field before it uses it, and an object is only stored once it passed its schema. */
function asPatch(value: unknown): EnvoyConfigPatch {
  return typeof value === 'object' && value !== null ? value : {};
}
