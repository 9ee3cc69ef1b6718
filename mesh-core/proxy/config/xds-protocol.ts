import { PUSH_ORDER, TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { XdsNode } from '#mesh-core/wire/xds/discovery.ts';

/** Types whose resources are asked for by name; the others are wanted whole. */
export type NamedType = 'endpoint' | 'route' | 'secret';
export const NAMED_TYPES: readonly NamedType[] = ['endpoint', 'route', 'secret'];

/** What was wrong with a response: the NACK's text, and the names of the resources that were not taken (all others were). */
export interface Refusal {
  readonly problem: string;
  readonly refused: readonly string[];
}
/** A resource as a response brought it, decoded. */
export interface ReceivedResource {
  readonly version: string;
  readonly resource: unknown;
}
/** Where configuration goes. */
export interface ConfigSink {
  /** Takes a response of the whole state: for clusters and listeners what is not in it is gone. */
  replace(type: ResourceType, resources: readonly ReceivedResource[]): Refusal | undefined;
  /** Takes an incremental response. */
  update(type: ResourceType, resources: readonly ReceivedResource[], removed: readonly string[]): Refusal | undefined;
  /** Names to subscribe, asked after each response. */
  wanted(type: NamedType): readonly string[];
}
/** How far one type is, for the admin port. */
export interface TypeState {
  /** Of the last response that was taken whole. */
  readonly version: string;
  readonly lastNonce: string;
  readonly lastError: string | undefined;
}
export interface ProtocolRequest {
  readonly typeUrl: string;
  readonly node?: XdsNode;
}

/**
 * The proxy's side of one of the two ADS protocols. It lives as long as the proxy; streams come and go, and each begins with
 * what is held.
 */
export interface XdsProtocol<Request extends ProtocolRequest, Response> {
  /** The requests that open a stream. */
  begin(): Request[];
  /** Takes a response: gives the ACK or NACK, and what else to ask for. */
  take(response: Response): Request[];
  health(healthy: boolean, message: string): Request;
  state(): Readonly<Record<ResourceType, TypeState>>;
}

/** `google.rpc.Code`: INTERNAL, which Envoy's NACKs carry, and UNAVAILABLE for an app that is down. */
export const NACK_CODE = 13;
export const UNHEALTHY_CODE = 14;

/** The type that a response is about; undefined for one this proxy did not ask for. */
export function typeOfResponse(typeUrl: string): ResourceType | undefined {
  return PUSH_ORDER.find((type) => TYPE_URLS[type] === typeUrl);
}

/** Is this type asked for by name? */
export function isNamed(type: ResourceType): type is NamedType {
  return type === 'endpoint' || type === 'route' || type === 'secret';
}
