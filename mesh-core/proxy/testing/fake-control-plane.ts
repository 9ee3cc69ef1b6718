import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js';
import { PUSH_ORDER, TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ProxyConfiguration, ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { CREATE_CERTIFICATE } from '#mesh-core/wire/xds/certificate-service.ts';
import type { CertificateRequest, CertificateResponse } from '#mesh-core/wire/xds/certificate-service.ts';
import { STREAM_AGGREGATED_RESOURCES } from '#mesh-core/wire/xds/discovery.ts';
import type { DiscoveryRequest, DiscoveryResponse } from '#mesh-core/wire/xds/discovery.ts';
import { encodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import type { TestAuthority } from './test-authority.ts';

type Stream = ServerDuplexStream<DiscoveryRequest, DiscoveryResponse>;
interface Connection {
  readonly stream: Stream;
  workload: string;
  readonly names: Map<ResourceType, string>;
}

const EMPTY: ProxyConfiguration = { cluster: [], endpoint: [], listener: [], route: [] };

/**
 * As much of a control plane as a proxy needs: certificates for whoever asks (the join token is taken as the SPIFFE id),
 * and over ADS whatever the test has set for a workload.
 */
export class FakeControlPlane {
  readonly refusals: { readonly workload: string; readonly type: ResourceType; readonly message: string }[] = [];
  /** Workload → does it report its app healthy? */
  readonly health = new Map<string, boolean>();
  readonly #authority: TestAuthority;
  readonly #configurations = new Map<string, ProxyConfiguration>();
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
    server.addService({ streamAggregatedResources: STREAM_AGGREGATED_RESOURCES }, { streamAggregatedResources: (stream: Stream) => this.#serve(stream) });
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
  configure(workload: string, configuration: Partial<ProxyConfiguration>): void {
    this.#configurations.set(workload, { ...EMPTY, ...this.#configurations.get(workload), ...configuration });
    for (const connection of this.#connections) {
      if (connection.workload === workload) for (const type of PUSH_ORDER) if (connection.names.has(type)) this.#send(connection, type);
    }
  }

  async #certify(call: ServerUnaryCall<CertificateRequest, CertificateResponse>, reply: sendUnaryData<CertificateResponse>): Promise<void> {
    const [authorization] = call.metadata.get('authorization');
    const names = call.getAuthContext().sslPeerCertificate?.subjectaltname;
    const spiffeId = names?.replace('URI:', '') ?? String(authorization ?? '').replace('Bearer ', '');
    if (spiffeId.startsWith('spiffe://')) reply(null, { certChain: await this.#authority.signCsr(call.request.csr, spiffeId) });
    else reply({ code: status.UNAUTHENTICATED, details: 'no join token' });
  }

  #serve(stream: Stream): void {
    const connection: Connection = { stream, workload: '', names: new Map() };
    this.#connections.add(connection);
    const gone = (): void => void this.#connections.delete(connection);
    stream.on('data', (request: DiscoveryRequest) => this.#onRequest(connection, request));
    stream.on('error', gone);
    stream.on('cancelled', gone);
    stream.on('end', () => {
      gone();
      stream.end();
    });
  }

  #onRequest(connection: Connection, request: DiscoveryRequest): void {
    if (request.node !== undefined) connection.workload = String(request.node.metadata?.['WORKLOAD_NAME']);
    if (request.typeUrl === TYPE_URLS.healthInformation) this.health.set(connection.workload, request.errorDetail === undefined);
    const type = PUSH_ORDER.find((t) => TYPE_URLS[t] === request.typeUrl);
    if (type === undefined) return;
    if (request.errorDetail !== undefined) this.refusals.push({ workload: connection.workload, type, message: request.errorDetail.message ?? '' });
    const names = request.resourceNames.join();
    if (connection.names.get(type) === names) return;
    connection.names.set(type, names);
    this.#send(connection, type);
  }

  #send(connection: Connection, type: ResourceType): void {
    const resources = (this.#configurations.get(connection.workload) ?? EMPTY)[type];
    const version = String(++this.#versions);
    connection.stream.write({ typeUrl: TYPE_URLS[type], versionInfo: version, nonce: version, resources: resources.map((resource) => ({ typeUrl: TYPE_URLS[type], value: encodeResource(TYPE_URLS[type], resource) })) });
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
