import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, RequestListener, RequestOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import type { Cluster, HttpFilter, RbacRules, Route } from '#mesh-core/domain/envoy/resources.ts';
import { startProxy } from '../start-proxy.ts';
import type { ProxyOptions, RunningProxy } from '../start-proxy.ts';
import { FakeControlPlane } from './fake-control-plane.ts';
import { assignment, clusterName, inboundCluster, inboundListener, outboundListener, outboundRoutes, routeTo, serviceCluster } from './mesh-resources.ts';
import { createTestAuthority } from './test-authority.ts';
import type { TestAuthority } from './test-authority.ts';

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
export interface TestApp {
  readonly port: number;
  /** Connections accepted so far. */
  connections(): number;
}
export type TestProxyOptions = Partial<Pick<ProxyOptions, 'xds' | 'otlpUrl' | 'spanExporter' | 'samplingRatio' | 'random' | 'log' | 'clock'>> & { readonly appPort?: number; readonly serviceAccount?: string; readonly type?: 'sidecar' | 'router'; readonly authority?: TestAuthority };
export type TestProxy = RunningProxy & { readonly workload: string };

/** A mesh of real proxies and apps on loopback, for one test. Everything ends with `close`. */
export class TestMesh {
  readonly authority: TestAuthority;
  readonly control: FakeControlPlane;
  readonly #closers: (() => Promise<void> | void)[] = [];

  private constructor(authority: TestAuthority) {
    this.authority = authority;
    this.control = new FakeControlPlane(authority);
  }

  static async start(): Promise<TestMesh> {
    const mesh = new TestMesh(await createTestAuthority());
    await mesh.control.start();
    return mesh;
  }

  /** Registers something to end; the last registered ends first. */
  onClose(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closers.toReversed()) await close();
    this.control.stop();
  }

  async app(listener: RequestListener): Promise<TestApp> {
    let connections = 0;
    const server = createServer(listener);
    server.on('connection', () => connections++);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    this.onClose(() => {
      server.closeAllConnections();
      server.close();
    });
    return { port: (server.address() as AddressInfo).port, connections: () => connections };
  }

  /** A proxy that has its certificate but no configuration yet. */
  async proxy(workload: string, options: TestProxyOptions = {}): Promise<TestProxy> {
    const { appPort, serviceAccount = workload.replace(/-v\d+$/, ''), type = 'sidecar', authority: _authority, ...rest } = options;
    const service = workload.replace(/-v\d+$/, '');
    const running = await startProxy({
      identity: { type, namespace: 'test', workload, serviceAccount, labels: { app: service, version: 'v1', 'service.istio.io/canonical-name': service, 'service.istio.io/canonical-revision': 'v1' }, ...(appPort === undefined ? {} : { appPort }) },
      controlPlane: this.control.address,
      rootPem: this.authority.rootPem,
      joinToken: () => Promise.resolve(spiffeId(serviceAccount)),
      log: silentLogger,
      ...rest,
    });
    this.onClose(() => running.close());
    return { ...running, workload };
  }

  /** A sidecar before an app, taking mutual TLS. */
  async server(workload: string, appPort: number, options: TestProxyOptions & { readonly mode?: 'STRICT' | 'PERMISSIVE'; readonly rbac?: readonly RbacRules[]; readonly filters?: readonly HttpFilter[]; readonly clusters?: readonly Cluster[] } = {}): Promise<TestProxy> {
    const { mode = 'STRICT', rbac = [], filters = [], clusters = [], ...rest } = options;
    const proxy = await this.proxy(workload, { ...rest, appPort });
    this.control.configure(workload, { cluster: [inboundCluster(workload.replace(/-v\d+$/, ''), appPort), ...clusters], listener: [inboundListener(proxy.ports.inbound, appPort, { mode, rbac, filters })] });
    await proxy.ready;
    return proxy;
  }

  /** A sidecar of a caller, whose host `web` leads to `targets` by `routes`. */
  async client(workload: string, targets: readonly (TestProxy | { readonly port: number })[], options: TestProxyOptions & { readonly routes?: readonly Route[]; readonly cluster?: Parameters<typeof serviceCluster>[1] } = {}): Promise<TestProxy> {
    const { routes = [routeTo(clusterName('web'))], cluster = {}, ...rest } = options;
    const proxy = await this.proxy(workload, rest);
    const endpoints = targets.map((target) => ('ports' in target ? { port: target.ports.inbound, workload: target.workload } : { port: target.port }));
    this.control.configure(workload, { cluster: [serviceCluster('web', cluster)], endpoint: [assignment(clusterName('web'), endpoints)], listener: [outboundListener(proxy.ports.outbound)], route: [outboundRoutes({ web: routes })] });
    await proxy.ready;
    return proxy;
  }
}

/** The SPIFFE id of a service account in the test namespace. */
export function spiffeId(serviceAccount: string): string {
  return `spiffe://cluster.local/ns/test/sa/${serviceAccount}`;
}

/** Sends a request to a port of 127.0.0.1 and reads the whole answer; rejects when the connection breaks. */
export function call(port: number, options: RequestOptions & { readonly host?: never; readonly to?: string; readonly body?: string | Buffer } = {}): Promise<Answer> {
  const { to = 'web', body, headers, ...rest } = options;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, path: '/', ...rest, headers: { host: to, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...(headers as Record<string, string>) } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The newest access log line of a proxy that satisfies `accept`, waited for as it is written after the answer. */
export async function accessLogLine(proxy: RunningProxy, accept: (line: Readonly<Record<string, unknown>>) => boolean = () => true): Promise<Readonly<Record<string, unknown>>> {
  return eventually(async () => {
    const { body } = await call(proxy.ports.stats, { path: '/access_log', to: 'admin' });
    return (JSON.parse(body) as Readonly<Record<string, unknown>>[]).find(accept);
  }, 'the access log line');
}

/** One statistic of a proxy by Envoy's name for it, 0 when there is none. */
export async function statOf(proxy: Pick<RunningProxy, 'ports'>, name: string): Promise<number> {
  const { body } = await call(proxy.ports.stats, { path: '/stats?format=json', to: 'admin' });
  const { stats } = JSON.parse(body) as { stats: readonly { readonly name?: string; readonly value?: number }[] };
  return stats.find((stat) => stat.name === name)?.value ?? 0;
}

/** Asks again and again until there is an answer; fails after five seconds. */
export async function eventually<T>(ask: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  for (const end = Date.now() + 5000; Date.now() < end; await delay(10)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
  }
  throw new Error(`${what} did not come within five seconds`);
}
