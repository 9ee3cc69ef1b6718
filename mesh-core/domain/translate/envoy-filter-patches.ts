import { LOCAL_RATE_LIMIT_URL } from '../envoy/rate-limit.ts';
import type { RouteRateLimit } from '../envoy/rate-limit.ts';
import type { Any, HttpFilter } from '../envoy/resources.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { EnvoyConfigPatch, EnvoyFilter } from '../resources/envoy-filter.ts';
import { matchesLabels } from '../resources/label-selector.ts';
import { compareByCreation } from './config-order.ts';
import type { PolicyWorkload } from './policy-attachment.ts';
import { areRateLimits, isRateLimiter } from './rate-limit-shape.ts';

export type PatchContext = 'SIDECAR_INBOUND' | 'SIDECAR_OUTBOUND' | 'GATEWAY';
type Fields = Readonly<Record<string, unknown>>;

/** A patch that adds a local rate limiter to the filters of connection managers. */
export interface FilterPatch {
  readonly kind: 'http-filter';
  readonly context: PatchContext | 'ANY';
  readonly operation: 'INSERT_FIRST' | 'INSERT_BEFORE' | 'INSERT_AFTER' | 'ADD';
  /** 0 = any. */
  readonly port: number;
  readonly filterChain: string;
  readonly sni: string;
  /** The HTTP filter beside which it stands; empty = none is named. */
  readonly beside: string;
  readonly filter: HttpFilter;
}
/** A patch that limits the requests of routes. */
export interface RoutePatch {
  readonly kind: 'route';
  readonly applyTo: 'ROUTE_CONFIGURATION' | 'VIRTUAL_HOST' | 'HTTP_ROUTE';
  readonly context: PatchContext | 'ANY';
  readonly port: number;
  readonly name: string;
  readonly portName: string;
  readonly gateway: string;
  readonly virtualHost: string;
  readonly domain: string;
  readonly route: string;
  readonly action: string;
  readonly perFilterConfig: Readonly<Record<string, Any>> | undefined;
  readonly rateLimits: readonly RouteRateLimit[] | undefined;
}
export type SupportedPatch = FilterPatch | RoutePatch;

const ROUTE_TARGETS: ReadonlySet<string> = new Set(['ROUTE_CONFIGURATION', 'VIRTUAL_HOST', 'HTTP_ROUTE']);
const INSERTIONS: ReadonlySet<string> = new Set(['INSERT_FIRST', 'INSERT_BEFORE', 'INSERT_AFTER', 'ADD']);

/** The patches for a workload, in istiod's order: root namespace first, then by priority, then by age. */
export function patchesFor(filters: readonly EnvoyFilter[], workload: PolicyWorkload, rootNamespace: string): SupportedPatch[] {
  const near = filters.filter((filter) => (namespaceOf(filter) === rootNamespace || namespaceOf(filter) === workload.namespace) && (filter.spec?.targetRefs ?? []).length === 0 && matchesLabels(filter.spec?.workloadSelector?.labels, workload.labels));
  const rank = (filter: EnvoyFilter): number => (namespaceOf(filter) === rootNamespace ? 0 : 1);
  const ordered = near.sort((a, b) => rank(a) - rank(b) || (a.spec?.priority ?? 0) - (b.spec?.priority ?? 0) || compareByCreation(a, b));
  return ordered.flatMap(({ spec }) => (spec?.configPatches ?? []).flatMap((patch) => readPatch(patch) ?? []));
}

/**
 * Reads a patch that this mesh applies: one that inserts a local rate limiter among HTTP filters, or merges its configuration and
 * the description of requests into routes. Undefined for every other; nothing is applied in part. Field names may be of either spelling.
 * Source: istio/api networking/v1alpha3 envoy_filter.proto.
 */
export function readPatch({ applyTo = '', match, patch }: EnvoyConfigPatch): SupportedPatch | undefined {
  const operation = patch?.operation ?? '';
  const context = match?.context ?? 'ANY';
  if (context === 'WAYPOINT' || match?.['proxy'] !== undefined) return undefined;
  const value = fieldsOf(camelCased(patch?.value));
  if (applyTo === 'HTTP_FILTER' && INSERTIONS.has(operation) && match?.['routeConfiguration'] === undefined) return filterPatch(operation, context, fieldsOf(match?.['listener']), value);
  if (ROUTE_TARGETS.has(applyTo) && operation === 'MERGE' && match?.['listener'] === undefined) return routePatch(applyTo, context, fieldsOf(match?.['routeConfiguration']), value);
  return undefined;
}

function filterPatch(operation: string, context: FilterPatch['context'], listener: Fields, value: Fields): FilterPatch | undefined {
  const chain = fieldsOf(listener['filterChain']);
  const network = fieldsOf(chain['filter']);
  const typedConfig = rateLimiter(value['typedConfig']);
  const isManager = network['name'] === undefined || network['name'] === 'envoy.filters.network.http_connection_manager';
  if (typedConfig === undefined || textOf(value['name']) === '' || !isManager || listener['name'] !== undefined || chain['transportProtocol'] !== undefined || chain['applicationProtocols'] !== undefined) return undefined;
  return {
    kind: 'http-filter',
    context,
    // Safe because the caller looked the word up in the list of these.
    operation: operation as FilterPatch['operation'],
    port: numberOf(listener['portNumber']),
    filterChain: textOf(chain['name']),
    sni: textOf(chain['sni']),
    beside: textOf(fieldsOf(network['subFilter'])['name']),
    filter: { name: textOf(value['name']), typedConfig },
  };
}

function routePatch(applyTo: string, context: RoutePatch['context'], match: Fields, value: Fields): RoutePatch | undefined {
  const { typedPerFilterConfig, rateLimits, route, ...others } = value;
  const action = fieldsOf(route);
  const { rateLimits: ofAction, ...otherAction } = action;
  // What a route is named and how it acts is not this patch's to change.
  if (Object.keys(others).some((field) => field !== 'name') || Object.keys(otherAction).length > 0 || (route !== undefined && applyTo !== 'HTTP_ROUTE')) return undefined;
  if (rateLimits !== undefined && applyTo !== 'VIRTUAL_HOST') return undefined;
  const configs = Object.entries(fieldsOf(typedPerFilterConfig)).map(([name, config]) => [name, rateLimiter(config)] as const);
  if (configs.some(([, config]) => config === undefined)) return undefined;
  const limits = rateLimits ?? ofAction;
  if ((configs.length === 0 && limits === undefined) || (limits !== undefined && !areRateLimits(limits))) return undefined;
  const host = fieldsOf(match['vhost']);
  const matchedRoute = fieldsOf(host['route']);
  return {
    kind: 'route',
    // Safe because the caller looked the word up in the list of these.
    applyTo: applyTo as RoutePatch['applyTo'],
    context,
    port: numberOf(match['portNumber']),
    name: textOf(match['name']),
    portName: textOf(match['portName']),
    gateway: textOf(match['gateway']),
    virtualHost: textOf(host['name']),
    domain: textOf(host['domainName']),
    route: textOf(matchedRoute['name']),
    action: textOf(matchedRoute['action']),
    perFilterConfig: configs.length === 0 ? undefined : Object.fromEntries(configs.flatMap(([name, config]) => (config === undefined ? [] : [[name, config] as const]))),
    // Safe because their shape was looked at above.
    rateLimits: Array.isArray(limits) ? (limits as readonly RouteRateLimit[]) : undefined,
  };
}

/** The configuration of a local rate limiter, also when it comes in a TypedStruct; undefined for any other filter's. */
function rateLimiter(config: unknown): Any | undefined {
  const fields = fieldsOf(config);
  const isStruct = textOf(fields['@type']).endsWith('.TypedStruct');
  if ((isStruct ? fields['typeUrl'] : fields['@type']) !== LOCAL_RATE_LIMIT_URL) return undefined;
  const given = isStruct ? fieldsOf(fields['value']) : fields;
  const headers = HEADER_LISTS.flatMap((field) => (Array.isArray(given[field]) ? [[field, given[field].map(withAppendAction)] as const] : []));
  const limiter = { ...given, ...Object.fromEntries(headers), '@type': LOCAL_RATE_LIMIT_URL };
  return isRateLimiter(limiter) ? limiter : undefined;
}

const HEADER_LISTS = ['responseHeadersToAdd', 'requestHeadersToAddWhenNotEnforced'] as const;

/** The older spelling of what becomes of a header that is there already. */
function withAppendAction(option: unknown): unknown {
  const { append, ...rest } = fieldsOf(option);
  return typeof append === 'boolean' ? { appendAction: append ? 'APPEND_IF_EXISTS_OR_ADD' : 'OVERWRITE_IF_EXISTS_OR_ADD', ...rest } : option;
}

/** Names of filters are keys that stay as they are: no field of Envoy's API has a dot in its name. */
function camelCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCased);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key.includes('.') || key.startsWith('@') ? key : key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()), camelCased(item)]));
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
