import type { MethodDefinition } from '@grpc/grpc-js';
import type protobuf from 'protobufjs';
import { xdsRoot } from './descriptor.ts';
import { jsonToMessage, messageToJson, typeOfUrl } from './proto-json.ts';
import type { PackedResource } from './resource-codec.ts';
import { recordOf } from './well-known-types.ts';

/**
 * The messages of `envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources` (state of the world).
 * Source: Envoy "xDS REST and gRPC protocol".
 */
export interface XdsNode {
  readonly id: string;
  readonly cluster?: string;
  /** A Struct; keys are in NODE_METADATA. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly locality?: { readonly region?: string; readonly zone?: string; readonly subZone?: string };
  readonly userAgentName?: string;
  readonly userAgentVersion?: string;
}
/** google.rpc.Status. */
export interface ErrorDetail {
  readonly code?: number;
  readonly message?: string;
}
export interface DiscoveryRequest {
  readonly typeUrl: string;
  /** Version of the last accepted response of this type on any stream; '' before the first. */
  readonly versionInfo: string;
  /** Nonce of the response that is answered; '' in the first request of a type on a stream. */
  readonly responseNonce: string;
  /** What is subscribed; [] = everything for listeners and clusters. */
  readonly resourceNames: readonly string[];
  /** Needed in the first request of a stream only. */
  readonly node?: XdsNode;
  /** Present = the response with this nonce was refused (NACK). */
  readonly errorDetail?: ErrorDetail;
}
export interface DiscoveryResponse {
  readonly typeUrl: string;
  readonly versionInfo: string;
  readonly nonce: string;
  readonly resources: readonly PackedResource[];
  readonly controlPlane?: { readonly identifier: string };
}

const REQUEST = 'envoy.service.discovery.v3.DiscoveryRequest';
const RESPONSE = 'envoy.service.discovery.v3.DiscoveryResponse';

/** Bytes of a request. */
export function encodeDiscoveryRequest(request: DiscoveryRequest): Buffer {
  return finish(messageType(REQUEST), jsonToMessage(messageType(REQUEST), request));
}

/** A request from its bytes; throws when they are not one. */
export function decodeDiscoveryRequest(bytes: Uint8Array): DiscoveryRequest {
  const type = messageType(REQUEST);
  // Safe because the reflected DiscoveryRequest has exactly these fields and the promised ones are always printed.
  return messageToJson(type, recordOf(type.decode(bytes)), { [REQUEST]: ['typeUrl', 'versionInfo', 'responseNonce', 'resourceNames'] }) as DiscoveryRequest;
}

/** Bytes of a response; its resources stay the bytes they are. */
export function encodeDiscoveryResponse(response: DiscoveryResponse): Buffer {
  const type = messageType(RESPONSE);
  return finish(type, {
    version_info: response.versionInfo,
    type_url: response.typeUrl,
    nonce: response.nonce,
    resources: response.resources.map((resource) => ({ type_url: resource.typeUrl, value: resource.value })),
    ...(response.controlPlane === undefined ? {} : { control_plane: { identifier: response.controlPlane.identifier } }),
  });
}

/** A response from its bytes; its resources are left packed for `decodeResource`. Throws when they are not one. */
export function decodeDiscoveryResponse(bytes: Uint8Array): DiscoveryResponse {
  const message = recordOf(messageType(RESPONSE).decode(bytes));
  const identifier = recordOf(message['control_plane'])['identifier'];
  const resources = Array.isArray(message['resources']) ? message['resources'] : [];
  return {
    typeUrl: textOf(message['type_url']),
    versionInfo: textOf(message['version_info']),
    nonce: textOf(message['nonce']),
    resources: resources.map((any: unknown): PackedResource => {
      const { type_url: typeUrl, value } = recordOf(any);
      return { typeUrl: textOf(typeUrl), value: value instanceof Uint8Array ? value : new Uint8Array() };
    }),
    ...(typeof identifier === 'string' ? { controlPlane: { identifier } } : {}),
  };
}

/** The method, for both sides of a @grpc/grpc-js connection. */
export const STREAM_AGGREGATED_RESOURCES: MethodDefinition<DiscoveryRequest, DiscoveryResponse> = {
  path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
  requestStream: true,
  responseStream: true,
  requestSerialize: encodeDiscoveryRequest,
  requestDeserialize: decodeDiscoveryRequest,
  responseSerialize: encodeDiscoveryResponse,
  responseDeserialize: decodeDiscoveryResponse,
};

function messageType(name: string): protobuf.Type {
  const type = typeOfUrl(xdsRoot(), name);
  if (type === undefined) throw new Error(`${name} is not among the loaded protobuf types`);
  return type;
}

function finish(type: protobuf.Type, message: Record<string, unknown>): Buffer {
  const bytes = type.encode(message).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
