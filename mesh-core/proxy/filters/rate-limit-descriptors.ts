import { matchesHeader, matchesQueryParameter } from '#mesh-core/domain/decide/match-value.ts';
import { headerValue, queryParameter } from '#mesh-core/domain/decide/request-head.ts';
import { EXPRESSION_DESCRIPTOR_URL } from '#mesh-core/domain/envoy/rate-limit.ts';
import type { DescriptorEntry, RateLimitAction, RouteRateLimit } from '#mesh-core/domain/envoy/rate-limit.ts';
import { compileExpression } from '../telemetry/request-attributes.ts';
import type { Exchange } from '../http/exchange.ts';

/** What a request is, for rate limits: a list of entries. */
export type Descriptor = readonly DescriptorEntry[];
/** Describes a request; undefined = this description does not apply to it. */
export type Describe = (exchange: Exchange) => Descriptor | undefined;
type DescribeAction = (exchange: Exchange) => DescriptorEntry | 'skip' | undefined;

/** Descriptions of a route or virtual host as functions. Source: Envoy, RateLimit.Action. */
export function compileDescriptions(limits: readonly RouteRateLimit[]): Describe[] {
  return limits.map(({ actions }) => {
    const compiled = actions.map(compileAction);
    return (exchange) => {
      const entries: DescriptorEntry[] = [];
      for (const describe of compiled) {
        const entry = describe(exchange);
        if (entry === undefined) return undefined;
        if (entry !== 'skip') entries.push(entry);
      }
      return entries.length === 0 ? undefined : entries;
    };
  });
}

function compileAction(action: RateLimitAction): DescribeAction {
  if (action.genericKey !== undefined) {
    const entry = { key: action.genericKey.descriptorKey || 'generic_key', value: action.genericKey.descriptorValue };
    return () => entry;
  }
  if (action.requestHeaders !== undefined) {
    const { headerName, descriptorKey, skipIfAbsent } = action.requestHeaders;
    return ({ line }) => {
      const value = headerValue(line, headerName.toLowerCase());
      return value === undefined ? (skipIfAbsent === true ? 'skip' : undefined) : { key: descriptorKey, value };
    };
  }
  if (action.remoteAddress !== undefined) return ({ downstream }) => ({ key: 'remote_address', value: downstream.remoteAddress });
  if (action.headerValueMatch !== undefined) {
    const { headers = [], expectMatch = true, descriptorKey, descriptorValue } = action.headerValueMatch;
    const entry = { key: descriptorKey || 'header_match', value: descriptorValue };
    return ({ line }) => (headers.every((matcher) => matchesHeader(matcher, headerValue(line, matcher.name.toLowerCase()))) === expectMatch ? entry : undefined);
  }
  if (action.queryParameterValueMatch !== undefined) {
    const { queryParameters = [], expectMatch = true, descriptorKey, descriptorValue } = action.queryParameterValueMatch;
    const entry = { key: descriptorKey || 'query_match', value: descriptorValue };
    return ({ line }) => (queryParameters.every((matcher) => matchesQueryParameter(matcher, queryParameter(line.path, matcher.name))) === expectMatch ? entry : undefined);
  }
  if (action.sourceCluster !== undefined) return ({ record }) => ({ key: 'source_cluster', value: record.peer?.workload ?? '' });
  if (action.destinationCluster !== undefined) return ({ record }) => ({ key: 'destination_cluster', value: record.clusterName });
  return expressionAction(action);
}

function expressionAction({ extension }: RateLimitAction): DescribeAction {
  const config = extension?.typedConfig;
  const descriptorKey = config?.['descriptorKey'];
  const text = config?.['text'];
  const expression = config?.['@type'] === EXPRESSION_DESCRIPTOR_URL && typeof text === 'string' ? compileExpression(text) : undefined;
  if (expression === undefined || typeof descriptorKey !== 'string') return () => undefined;
  return ({ record, line }) => {
    const value = expression({ ...record, requestHeaders: line.headers });
    return typeof value === 'string' ? { key: descriptorKey, value } : undefined;
  };
}
