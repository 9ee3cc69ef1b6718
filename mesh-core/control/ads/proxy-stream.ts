import { status } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ProxyConfiguration, ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import type { WorkloadIdentity } from '#mesh-core/domain/identity/spiffe-id.ts';
import { proxylessGrpc } from '#mesh-core/domain/translate/proxyless-grpc.ts';
import type { MeshSnapshot, ProxyNode } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { DiscoveryRequest } from '#mesh-core/wire/xds/discovery.ts';
import type { ProxySyncState } from '#mesh-core/wire/xds/sync-state.ts';
import type { CertificateLineages } from '../ca/certificate-lineages.ts';
import type { AutoRegistration } from '../registry/auto-registration.ts';
import type { MeshSnapshotSource } from '../registry/mesh-snapshot-source.ts';
import { readProxyNode } from '../registry/read-proxy-node.ts';
import type { IntroducedProxy } from '../registry/read-proxy-node.ts';
import { AdsConnection } from './ads-connection.ts';
import type { AuthenticatedPeer } from './authenticate-peer.ts';
import { describeOffer } from './describe-offer.ts';
import type { OfferedConfiguration } from './describe-offer.ts';
import { resourceTypeOf } from './encode-configuration.ts';
import type { ResourceEncoder } from './encode-configuration.ts';
import type { NameSets } from './resource-index.ts';
import { SecretIndex } from './secret-index.ts';
import type { ChannelFactory } from './type-channel.ts';

/** What both protocols' requests have in common. */
export type StreamRequest = Pick<DiscoveryRequest, 'typeUrl' | 'responseNonce' | 'node' | 'errorDetail'>;
export type StreamCall<Request, Response> = ServerDuplexStream<Request, Response>;

/** What the configuration service reports as it works. */
export interface AdsMetrics {
  pushed(type: ResourceType): void;
  rejected(type: ResourceType): void;
  /** `seconds` from the change being stored to the proxy having taken all of it. */
  converged(seconds: number): void;
  translationFailed(): void;
  /** A round of pushes to every proxy. */
  triggered(): void;
  authenticationFailed(): void;
}
/** What all streams share. */
export interface StreamServices {
  readonly snapshots: MeshSnapshotSource;
  /** Makes one proxy's configuration; may throw, then that proxy keeps the one it has. */
  readonly translate: (snapshot: MeshSnapshot, node: ProxyNode) => ProxyConfiguration;
  /** May this account list the Secrets of its namespace? */
  readonly mayReadSecrets: (identity: WorkloadIdentity) => boolean;
  /** Secrets that are not objects of the mesh, by SDS name: its roots. */
  readonly builtInSecret: (name: string) => EnvoySecret | undefined;
  readonly encoder: ResourceEncoder;
  readonly names: NameSets;
  readonly registration: AutoRegistration;
  readonly lineages: CertificateLineages;
  readonly metrics: AdsMetrics;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * One authenticated stream: introduces the proxy with the first request, then keeps it at the newest configuration. A refusal
 * ends the stream with a gRPC status that says why.
 */
export class ProxyStream<Request extends StreamRequest, Response> {
  readonly #services: StreamServices;
  readonly #call: StreamCall<Request, Response>;
  readonly #id: string;
  readonly #peer: AuthenticatedPeer;
  readonly #connection: AdsConnection<Request, Response>;
  readonly #connectedAt: number;
  #proxy: IntroducedProxy | undefined;
  #translationError: string | undefined;
  #ended = false;

  constructor(services: StreamServices, call: StreamCall<Request, Response>, channel: ChannelFactory<Request, Response>, id: string, peer: AuthenticatedPeer) {
    this.#services = services;
    this.#call = call;
    this.#id = id;
    this.#peer = peer;
    this.#connectedAt = services.clock.now();
    this.#connection = new AdsConnection({
      clock: services.clock,
      streamId: id,
      channel,
      names: services.names,
      send: (type, response) => this.#send(type, response),
      onConverged: (seconds) => services.metrics.converged(seconds),
    });
    call.on('drain', () => this.#connection.pause(false));
  }

  get proxyVersion(): string | undefined {
    return this.#proxy?.version;
  }
  /** The serial number or token id it was opened with. */
  get credential(): string {
    return this.#peer.credential;
  }
  get connectedAt(): number {
    return this.#connectedAt;
  }

  /** Takes one request of the proxy. */
  receive(request: Request): void {
    if (this.#ended) return;
    if (this.#proxy === undefined && !this.#introduce(request)) return;
    if (request.typeUrl === TYPE_URLS.healthInformation) {
      this.#services.registration.reportHealth(this.#id, { healthy: request.errorDetail === undefined, message: request.errorDetail?.message ?? '' });
      return;
    }
    const type = resourceTypeOf(request.typeUrl);
    if (type === undefined) {
      this.#services.log.debug({ proxy: this.#proxy?.node.id, typeUrl: request.typeUrl }, 'a proxy asked for a type of resources that is not served');
      return;
    }
    const outcome = this.#connection.receive(type, request);
    if (outcome !== 'nack') return;
    this.#services.metrics.rejected(type);
    this.#services.log.warn({ proxy: this.#proxy?.node.id, type, nonce: request.responseNonce, error: request.errorDetail?.message ?? '' }, 'a proxy refused configuration and keeps the one before');
  }

  /** Offers the newest configuration; `changedAt` (Unix ms) is when what led to it was stored. A proxy that has not introduced itself gets it later. */
  push(changedAt: number): void {
    if (this.#proxy === undefined || this.#ended) return;
    const { node, isProxyless } = this.#proxy;
    const { snapshot, version } = this.#services.snapshots.take();
    try {
      this.#connection.push(this.#services.encoder.encode(isProxyless === true ? proxylessGrpc(snapshot, node) : this.#services.translate(snapshot, node), this.#secrets(snapshot, node), version, changedAt));
      this.#translationError = undefined;
    } catch (error) {
      // One proxy's defect must not keep the others from their configuration; this one keeps what it has, and is shown.
      this.#translationError = error instanceof Error ? error.message : String(error);
      this.#services.metrics.translationFailed();
      this.#services.log.error({ proxy: node.id, error: error instanceof Error ? error.stack : String(error) }, 'configuration could not be made for a proxy');
    }
  }

  /** For `/debug/syncz`; undefined before the proxy has introduced itself. */
  describe(): ProxySyncState | undefined {
    if (this.#proxy === undefined) return undefined;
    const { credential } = this.#peer;
    const notAfter = this.#services.lineages.of(credential)?.newest.notAfter ?? this.#peer.notAfter;
    return {
      proxyId: this.#proxy.node.id,
      node: this.#proxy.node,
      connectedAt: new Date(this.#connectedAt).toISOString(),
      types: this.#connection.describe(),
      ...(notAfter === undefined ? {} : { certificate: { notAfter: new Date(notAfter).toISOString() } }),
      ...(this.#translationError === undefined ? {} : { translationError: this.#translationError }),
    };
  }

  /** What the proxy was offered last, decoded, as `/debug/config_dump` tells it; undefined before it has introduced itself. Private keys are not in it. */
  dump(): OfferedConfiguration | undefined {
    const offered = this.#connection.configuration;
    return this.#proxy === undefined || offered === undefined ? undefined : describeOffer(this.#proxy.node.id, offered);
  }

  /** Ends the stream because its credential was taken back. */
  revoke(): void {
    if (!this.#ended) this.#refuse(status.UNAUTHENTICATED, 'This workload was revoked.');
  }

  /** The stream is over, from whichever side; `clean` when the proxy ended it. */
  end(clean: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#connection.close();
    this.#services.registration.leave(this.#id, clean);
    if (this.#proxy !== undefined) this.#services.log.info({ proxy: this.#proxy.node.id, clean }, 'proxy disconnected');
  }

  #secrets(snapshot: MeshSnapshot, node: ProxyNode): SecretIndex {
    const { encoder, mayReadSecrets, builtInSecret, log } = this.#services;
    const { identity } = this.#peer;
    return new SecretIndex({ snapshot, encoder, builtIn: builtInSecret, log, requester: () => ({ identity, isGateway: node.type === 'router', mayReadSecrets: mayReadSecrets(identity) }) });
  }

  #introduce(request: Request): boolean {
    if (request.node === undefined) return this.#refuse(status.INVALID_ARGUMENT, 'The first request of a stream must carry the node.');
    const reading = readProxyNode(request.node);
    if (!reading.ok) return this.#refuse(status.INVALID_ARGUMENT, `The node cannot be used: ${reading.reason}.`);
    const { node } = reading.proxy;
    const { namespace, serviceAccount } = this.#peer.identity;
    // Without this, any workload could read and register what belongs to another. Source: istio pilot/pkg/xds/auth.go.
    if (node.namespace !== namespace || node.serviceAccount !== serviceAccount) {
      return this.#refuse(status.PERMISSION_DENIED, `The credential is for ${namespace}/${serviceAccount}, the node says ${node.namespace}/${node.serviceAccount}.`);
    }
    const joined = this.#services.registration.join(this.#id, reading.proxy);
    if (!joined.ok) return this.#refuse(status.FAILED_PRECONDITION, `The proxy cannot join: ${joined.reason}.`);
    this.#proxy = reading.proxy;
    this.#services.log.info({ proxy: node.id, version: reading.proxy.version }, 'proxy connected');
    this.push(this.#services.clock.now());
    return true;
  }

  #send(type: ResourceType, response: Response): void {
    this.#services.metrics.pushed(type);
    if (!this.#call.write(response)) this.#connection.pause(true);
  }

  #refuse(code: status, details: string): false {
    this.#services.log.warn({ stream: this.#id, details }, 'a proxy was refused');
    this.#call.emit('error', { code, details });
    this.end(false);
    return false;
  }
}
