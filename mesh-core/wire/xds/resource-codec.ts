import type protobuf from 'protobufjs';
import { xdsRoot } from './descriptor.ts';
import { jsonToMessage, messageToJson, typeOfUrl } from './proto-json.ts';
import { recordOf } from './well-known-types.ts';

/** A resource as ADS carries it: google.protobuf.Any. */
export interface PackedResource {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/**
 * Fields that the types of domain/envoy/resources.ts and network-filters.ts promise to be there, although protobuf does not send their
 * defaults (an empty list, 0, the first enum value).
 */
const PROMISED_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'envoy.config.endpoint.v3.ClusterLoadAssignment': ['clusterName', 'endpoints'],
  'envoy.config.endpoint.v3.LocalityLbEndpoints': ['lbEndpoints'],
  'envoy.config.cluster.v3.Cluster': ['name'],
  'envoy.config.cluster.v3.CircuitBreakers': ['thresholds'],
  'envoy.config.core.v3.SocketAddress': ['address'],
  'envoy.config.core.v3.HeaderValue': ['key', 'value'],
  'envoy.config.listener.v3.Listener': ['name', 'trafficDirection', 'filterChains'],
  'envoy.config.listener.v3.FilterChain': ['filters'],
  'envoy.config.listener.v3.Filter': ['name'],
  'envoy.config.listener.v3.ListenerFilter': ['name'],
  'envoy.config.route.v3.RouteConfiguration': ['name', 'virtualHosts'],
  'envoy.config.route.v3.VirtualHost': ['name', 'domains', 'routes'],
  'envoy.config.route.v3.WeightedCluster': ['clusters'],
  'envoy.config.route.v3.WeightedCluster.ClusterWeight': ['name'],
  'envoy.config.route.v3.HeaderMatcher': ['name'],
  'envoy.config.route.v3.QueryParameterMatcher': ['name'],
  'envoy.config.route.v3.DirectResponseAction': ['status'],
  'envoy.config.route.v3.Decorator': ['operation'],
  'envoy.config.rbac.v3.RBAC': ['action', 'policies'],
  'envoy.config.rbac.v3.Policy': ['permissions', 'principals'],
  'envoy.config.rbac.v3.Permission.Set': ['rules'],
  'envoy.config.rbac.v3.Principal.Set': ['ids'],
  'envoy.config.core.v3.CidrRange': ['addressPrefix'],
  'envoy.type.v3.FractionalPercent': ['numerator'],
  'envoy.type.matcher.v3.RegexMatcher': ['regex'],
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager': ['statPrefix', 'httpFilters'],
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter': ['name'],
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy': ['statPrefix'],
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster': ['clusters'],
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight': ['name', 'weight'],
  'envoy.extensions.filters.network.rbac.v3.RBAC': ['statPrefix'],
  'envoy.extensions.filters.network.http_connection_manager.v3.Rds': ['routeConfigName'],
};

/**
 * Encodes a resource given as proto3 JSON (with or without '@type'). Equal JSON gives equal bytes. Throws
 * ProtoJsonError (with the field's path) for a value that the type does not have, and Error for an unknown type.
 */
export function encodeResource(typeUrl: string, json: unknown): Buffer {
  return encodeMessage(typeOrThrow(typeUrl), json);
}

/**
 * Decodes a resource to proto3 JSON, without '@type' at the top; nested Any values carry theirs. A type that is not
 * loaded gives `{ '@type', value: base64 }`. Throws when the bytes are not a message of that type.
 */
export function decodeResource(resource: PackedResource): unknown {
  const type = typeOfUrl(xdsRoot(), resource.typeUrl);
  if (type === undefined) return { '@type': resource.typeUrl, value: Buffer.from(resource.value).toString('base64') };
  return decodeMessage(type, resource.value);
}

/** Encodes the JSON form of `type`. */
export function encodeMessage(type: protobuf.Type, json: unknown): Buffer {
  const bytes = type.encode(jsonToMessage(type, json)).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Decodes bytes of `type` to its JSON form, with the fields the contract promises. */
export function decodeMessage(type: protobuf.Type, bytes: Uint8Array): unknown {
  return messageToJson(type, recordOf(type.decode(bytes)), PROMISED_FIELDS);
}

/** Is this type known here, so that its resources can be read? */
export function isKnownType(typeUrl: string): boolean {
  return typeOfUrl(xdsRoot(), typeUrl) !== undefined;
}

function typeOrThrow(typeUrl: string): protobuf.Type {
  const type = typeOfUrl(xdsRoot(), typeUrl);
  if (type === undefined) throw new Error(`unknown resource type ${typeUrl}`);
  return type;
}
