import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js';
import { PUSH_ORDER, TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ProxyConfiguration, ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import { CREATE_CERTIFICATE } from '#mesh-core/wire/xds/certificate-service.ts';
import type { CertificateRequest, CertificateResponse } from '#mesh-core/wire/xds/certificate-service.ts';
import { DELTA_AGGREGATED_RESOURCES } from '#mesh-core/wire/xds/delta-discovery.ts';
import type { DeltaDiscoveryRequest, DeltaDiscoveryResponse } from '#mesh-core/wire/xds/delta-discovery.ts';
import { STREAM_AGGREGATED_RESOURCES } from '#mesh-core/wire/xds/discovery.ts';
import type { DiscoveryRequest, DiscoveryResponse } from '#mesh-core/wire/xds/discovery.ts';
import { encodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import type { PackedResource } from '#mesh-core/wire/xds/resource-codec.ts';
import type { TestAuthority } from './test-authority.ts';

type SotwStream = ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>;
type DeltaStream = ServerDuplexStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse>;
interface Connection {
  readonly send: (type: ResourceType, version: string, resources: readonly Named[]) => void;
  workload: string;
  readonly names: Map<ResourceType, string>;
}
interface Named {
  readonly name: string;
  readonly resource: PackedResource;
}
export type FakeConfiguration = ProxyConfiguration & { readonly secret: readonly EnvoySecret[] };

const EMPTY: FakeConfiguration = { cluster: [], endpoint: [], listener: [], route: [], secret: [] };

/**
 * As much of a control plane as a proxy needs: certificates for whoever asks (the join token is taken as the SPIFFE id),
 * and over ADS whatever the test has set for a workload.
 */
export class FakeControlPlane {
  readonly refusals: { readonly workload: string; readonly type: ResourceType; readonly message: string }[] = [];
  /** Workload → does it report its app healthy? */
  readonly health = new Map<string, boolean>();
  readonly #authority: TestAuthority;
  readonly #configurations = new Map<string, FakeConfiguration>();
  readonly #connections = new Set<Connection>();
  #server: Server | undefined;
  #versions = 0;
  #port = 0;

  constructor(authority: TestAuthority) {
    this.#authority = authority;
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }
  get streams(): number {
    return this.#connections.size;
  }

  /** Listens, on the same port as before when it was stopped. */
  async start(): Promise<void> {
    const { keyPem, certPem } = await this.#authority.issue([{ type: 'dns', value: 'istiod.istio-system.svc' }]);
    const server = new Server();
    server.addService(
      { streamAggregatedResources: STREAM_AGGREGATED_RESOURCES, deltaAggregatedResources: DELTA_AGGREGATED_RESOURCES },
      { streamAggregatedResources: (stream: SotwStream) => this.#serveSotw(stream), deltaAggregatedResources: (stream: DeltaStream) => this.#serveDelta(stream) },
    );
    server.addService({ createCertificate: CREATE_CERTIFICATE }, { createCertificate: (call: ServerUnaryCall<CertificateRequest, CertificateResponse>, reply: sendUnaryData<CertificateResponse>) => void this.#certify(call, reply) });
    const credentials = new OptionalClientCertificate(this.#authority.rootPem, keyPem, certPem);
    this.#port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(this.address, credentials, (error, port) => (error === null ? resolve(port) : reject(error)));
    });
    this.#server = server;
  }

  /** Dies at once: streams break, nothing listens. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
    this.#connections.clear();
  }

  /** Sets and pushes what a workload's proxies are to run. */
  configure(workload: string, configuration: Partial<FakeConfiguration>): void {
    this.#configurations.set(workload, { ...EMPTY, ...this.#configurations.get(workload), ...configuration });
    for (const connection of this.#connections) {
      if (connection.workload === workload) for (const type of PUSH_ORDER) if (connection.names.has(type)) this.#send(connection, type);
    }
  }

  /** Sends whatever bytes to a workload's proxies as resources of a type. */
  sendRaw(workload: string, type: ResourceType, resources: readonly Named[]): void {
    for (const connection of this.#connections) if (connection.workload === workload) connection.send(type, String(++this.#versions), resources);
  }

  async #certify(call: ServerUnaryCall<CertificateRequest, CertificateResponse>, reply: sendUnaryData<CertificateResponse>): Promise<void> {
    const [authorization] = call.metadata.get('authorization');
    const names = call.getAuthContext().sslPeerCertificate?.subjectaltname;
    const spiffeId = names?.replace('URI:', '') ?? String(authorization ?? '').replace('Bearer ', '');
    if (spiffeId.startsWith('spiffe://')) reply(null, { certChain: await this.#authority.signCsr(call.request.csr, spiffeId) });
    else reply({ code: status.UNAUTHENTICATED, details: 'no join token' });
  }

  #serveSotw(stream: SotwStream): void {
    const connection: Connection = {
      send: (type, version, resources) => stream.write({ typeUrl: TYPE_URLS[type], versionInfo: version, nonce: version, resources: resources.map(({ resource }) => resource) }),
      workload: '',
      names: new Map(),
    };
    this.#track(connection, stream);
    stream.on('data', (request: DiscoveryRequest) => {
      const type = this.#note(connection, request);
      const names = request.resourceNames.join();
      if (type === undefined || connection.names.get(type) === names) return;
      connection.names.set(type, names);
      this.#send(connection, type);
    });
  }

  #serveDelta(stream: DeltaStream): void {
    const held = new Map<ResourceType, Set<string>>();
    const connection: Connection = {
      send: (type, version, resources) => {
        const names = new Set(resources.map(({ name }) => name));
        const gone = [...(held.get(type) ?? [])].filter((name) => !names.has(name));
        held.set(type, names);
        stream.write({ typeUrl: TYPE_URLS[type], systemVersionInfo: version, nonce: version, resources: resources.map(({ name, resource }) => ({ name, version, resource })), removedResources: gone });
      },
      workload: '',
      names: new Map(),
    };
    this.#track(connection, stream);
    stream.on('data', (request: DeltaDiscoveryRequest) => {
      const type = this.#note(connection, request);
      const fresh = type !== undefined && (!connection.names.has(type) || request.resourceNamesSubscribe.length > 0);
      if (!fresh) return;
      connection.names.set(type, '');
      this.#send(connection, type);
    });
  }

  #track(connection: Connection, stream: SotwStream | DeltaStream): void {
    this.#connections.add(connection);
    const gone = (): void => void this.#connections.delete(connection);
    stream.on('error', gone);
    stream.on('cancelled', gone);
    stream.on('end', () => {
      gone();
      stream.end();
    });
  }

  #note(connection: Connection, request: DiscoveryRequest | DeltaDiscoveryRequest): ResourceType | undefined {
    if (request.node !== undefined) connection.workload = String(request.node.metadata?.['WORKLOAD_NAME']);
    if (request.typeUrl === TYPE_URLS.healthInformation) this.health.set(connection.workload, request.errorDetail === undefined);
    const type = PUSH_ORDER.find((t) => TYPE_URLS[t] === request.typeUrl);
    if (type !== undefined && request.errorDetail !== undefined) this.refusals.push({ workload: connection.workload, type, message: request.errorDetail.message ?? '' });
    return type;
  }

  #send(connection: Connection, type: ResourceType): void {
    const resources = (this.#configurations.get(connection.workload) ?? EMPTY)[type];
    connection.send(
      type,
      String(++this.#versions),
      resources.map((json) => ({ name: 'clusterName' in json ? json.clusterName : json.name, resource: { typeUrl: TYPE_URLS[type], value: encodeResource(TYPE_URLS[type], json) } })),
    );
  }
}

/** Asks for a client certificate but does not require one, as joining is by token. */
class OptionalClientCertificate extends ServerCredentials {
  constructor(rootPem: string, keyPem: string, certPem: string) {
    super({ requestCert: true, rejectUnauthorized: false }, { ca: rootPem, cert: certPem, key: keyPem });
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
