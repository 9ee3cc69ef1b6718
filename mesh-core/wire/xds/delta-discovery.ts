import type { MethodDefinition } from '@grpc/grpc-js';
import type protobuf from 'protobufjs';
import { xdsRoot } from './descriptor.ts';
import type { ErrorDetail, XdsNode } from './discovery.ts';
import { jsonToMessage, messageToJson, typeOfUrl } from './proto-json.ts';
import type { PackedResource } from './resource-codec.ts';
import { recordOf } from './well-known-types.ts';

/**
 * The messages of `envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources` (incremental).
 * Source: Envoy "xDS REST and gRPC protocol", incremental xDS.
 */
export interface DeltaDiscoveryRequest {
  readonly typeUrl: string;
  /** Names to add to the subscription; `*` = everything (listeners and clusters), as is an empty first request. */
  readonly resourceNamesSubscribe: readonly string[];
  readonly resourceNamesUnsubscribe: readonly string[];
  /** In the first request of a type on a stream: what the client holds already, name → version. */
  readonly initialResourceVersions: Readonly<Record<string, string>>;
  /** Nonce of the response that is answered; '' when the request answers none. */
  readonly responseNonce: string;
  /** Needed in the first request of a stream only. */
  readonly node?: XdsNode;
  /** Present = the response with this nonce was refused (NACK). */
  readonly errorDetail?: ErrorDetail;
}
export interface DeltaResource {
  readonly name: string;
  readonly version: string;
  readonly resource: PackedResource;
}
export interface DeltaDiscoveryResponse {
  readonly typeUrl: string;
  /** For people: the version of the configuration as a whole. */
  readonly systemVersionInfo: string;
  readonly nonce: string;
  /** New and changed resources. */
  readonly resources: readonly DeltaResource[];
  /** Names that are gone, or that were asked for and do not exist. */
  readonly removedResources: readonly string[];
  readonly controlPlane?: { readonly identifier: string };
}

const REQUEST = 'envoy.service.discovery.v3.DeltaDiscoveryRequest';
const RESPONSE = 'envoy.service.discovery.v3.DeltaDiscoveryResponse';

/** Bytes of a request. */
export function encodeDeltaRequest(request: DeltaDiscoveryRequest): Buffer {
  const type = messageType(REQUEST);
  return finish(type, jsonToMessage(type, request));
}

/** A request from its bytes; throws when they are not one. */
export function decodeDeltaRequest(bytes: Uint8Array): DeltaDiscoveryRequest {
  const type = messageType(REQUEST);
  // Safe because the reflected DeltaDiscoveryRequest has exactly these fields and the promised ones are always printed.
  return messageToJson(type, recordOf(type.decode(bytes)), { [REQUEST]: ['typeUrl', 'resourceNamesSubscribe', 'resourceNamesUnsubscribe', 'initialResourceVersions', 'responseNonce'] }) as DeltaDiscoveryRequest;
}

const resourceBytes = new WeakMap<readonly DeltaResource[], Buffer>();

/** Bytes of a response; its resources stay the bytes they are. A list of resources that many proxies are sent is put together once. */
export function encodeDeltaResponse(response: DeltaDiscoveryResponse): Buffer {
  const head = finish(messageType(RESPONSE), {
    system_version_info: response.systemVersionInfo,
    type_url: response.typeUrl,
    nonce: response.nonce,
    removed_resources: response.removedResources,
    ...(response.controlPlane === undefined ? {} : { control_plane: { identifier: response.controlPlane.identifier } }),
  });
  let resources = resourceBytes.get(response.resources);
  if (resources === undefined) {
    resources = finish(messageType(RESPONSE), { resources: response.resources.map(({ name, version, resource }) => ({ name, version, resource: { type_url: resource.typeUrl, value: resource.value } })) });
    resourceBytes.set(response.resources, resources);
  }
  // The bytes of two messages after each other are those of both together.
  return Buffer.concat([head, resources]);
}

/** A response from its bytes; its resources are left packed for `decodeResource`. Throws when they are not one. */
export function decodeDeltaResponse(bytes: Uint8Array): DeltaDiscoveryResponse {
  const message = recordOf(messageType(RESPONSE).decode(bytes));
  const identifier = recordOf(message['control_plane'])['identifier'];
  return {
    typeUrl: textOf(message['type_url']),
    systemVersionInfo: textOf(message['system_version_info']),
    nonce: textOf(message['nonce']),
    resources: listOf(message['resources']).map((one): DeltaResource => {
      const { name, version, resource } = recordOf(one);
      const { type_url: typeUrl, value } = recordOf(resource);
      return { name: textOf(name), version: textOf(version), resource: { typeUrl: textOf(typeUrl), value: value instanceof Uint8Array ? value : new Uint8Array() } };
    }),
    removedResources: listOf(message['removed_resources']).map(textOf),
    ...(typeof identifier === 'string' ? { controlPlane: { identifier } } : {}),
  };
}

/** The method, for both sides of a @grpc/grpc-js connection. */
export const DELTA_AGGREGATED_RESOURCES: MethodDefinition<DeltaDiscoveryRequest, DeltaDiscoveryResponse> = {
  path: '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
  requestStream: true,
  responseStream: true,
  requestSerialize: encodeDeltaRequest,
  requestDeserialize: decodeDeltaRequest,
  responseSerialize: encodeDeltaResponse,
  responseDeserialize: decodeDeltaResponse,
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

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
