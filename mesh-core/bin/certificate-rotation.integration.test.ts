import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ControlProcess } from '#mesh-core/control/control-harness.ts';
import { startControlProcess, temporaryDirectory, until } from '#mesh-core/control/control-harness.ts';
import { startProxy } from '#mesh-core/proxy/start-proxy.ts';
import type { RunningProxy } from '#mesh-core/proxy/start-proxy.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { requestCertificate } from '#mesh-core/wire/xds/certificate-client.ts';
import { createCsr } from '#mesh-core/wire/xds/create-csr.ts';
import type { CertificateStates } from '#mesh-core/wire/xds/certificate-state.ts';

const TTL_SECONDS = 10;
const REQUESTS = 10_000;
const LANES = 6;

/** Requests through a proxy, one after the other in several lanes, until they are stopped. */
class Load {
  sent = 0;
  readonly failures: string[] = [];
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: LANES });
  readonly #lanes: Promise<void>[];
  #stopped = false;

  constructor(port: number) {
    this.#port = port;
    this.#lanes = Array.from({ length: LANES }, () => this.#lane());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#lanes);
    this.#agent.destroy();
  }

  async #lane(): Promise<void> {
    while (!this.#stopped) {
      const outcome = await this.#one();
      this.sent += 1;
      if (outcome !== '200 hello') this.failures.push(outcome);
    }
  }

  #one(): Promise<string> {
    return new Promise((resolve) => {
      const outgoing = request({ host: '127.0.0.1', port: this.#port, path: '/', agent: this.#agent, headers: { host: 'web.default.svc.cluster.local' } }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve(`${response.statusCode} ${body}`));
        response.on('error', (error) => resolve(String(error)));
      });
      outgoing.on('error', (error) => resolve(String(error)));
      outgoing.end();
    });
  }
}

/** New workloads that join all the time with what they knew at the start, and make one call each: every handshake is new. */
class Newcomers {
  joined = 0;
  readonly failures: string[] = [];
  readonly #control: ControlProcess;
  readonly #port: number;
  readonly #running: Promise<void>;
  #stopped = false;

  constructor(control: ControlProcess, port: number) {
    this.#control = control;
    this.#port = port;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { endpoints, rootPem, kube } = this.#control;
    const token = await kube.createServiceAccountToken('default', 'newcomer');
    while (!this.#stopped) {
      try {
        const { keyPem, csrPem } = await createCsr();
        const { certChainPem } = await requestCertificate({ address: endpoints.xds, rootPem, token, csrPem, ttlSeconds: 0 });
        const answer = await ask(this.#port, { key: keyPem, cert: certChainPem });
        this.joined += 1;
        if (answer !== 'HTTP/1.1 200 OK') this.failures.push(answer);
      } catch (error) {
        this.failures.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function twoWorkloads(t: TestContext, control: ControlProcess, requestsPerConnection: number): Promise<{ web: RunningProxy; caller: RunningProxy }> {
  const app = createServer((_request, response) => response.end('hello'));
  await new Promise<void>((resolve) => {
    app.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    app.closeAllConnections();
    app.close();
  });
  const { kube } = control;
  await kube.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] } });
  await kube.create({ apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', metadata: { name: 'default', namespace: 'istio-system' }, spec: { mtls: { mode: 'STRICT' } } });
  // New connections all the time, so that each certificate is shown.
  await kube.create({ apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'web', namespace: 'default' }, spec: { host: 'web', trafficPolicy: { connectionPool: { http: { maxRequestsPerConnection: requestsPerConnection } } } } });
  const start = async (name: string, appPort?: number): Promise<RunningProxy> => {
    const proxy = await startProxy({
      identity: { type: 'sidecar', namespace: 'default', workload: `${name}-v1`, serviceAccount: name, labels: { app: name, version: 'v1', 'security.istio.io/tlsMode': 'istio' }, ...(appPort === undefined ? {} : { appPort }) },
      controlPlane: control.endpoints.xds,
      rootPem: control.rootPem,
      joinToken: () => kube.createServiceAccountToken('default', name),
      log: silentLogger,
    });
    t.after(() => proxy.close());
    await proxy.ready;
    return proxy;
  };
  const web = await start('web', (app.address() as AddressInfo).port);
  return { web, caller: await start('caller') };
}

const certsz = async (control: ControlProcess): Promise<CertificateStates> => (await (await fetch(`${control.endpoints.monitoring}/debug/certsz`)).json()) as CertificateStates;
const adminCertificate = async (proxy: RunningProxy): Promise<{ serialNumber: string; roots: readonly string[] }> => {
  const { certificates } = (await (await fetch(`http://127.0.0.1:${proxy.ports.stats}/certs`)).json()) as { certificates: { ca_cert: { serial_number: string }[]; cert_chain: { serial_number: string }[] }[] };
  const { ca_cert: roots = [], cert_chain: chain = [] } = certificates[0] ?? {};
  return { serialNumber: chain[0]?.serial_number ?? '', roots: roots.map(({ serial_number }) => serial_number) };
};
const answers = async (caller: RunningProxy): Promise<void> => {
  await until(async () => {
    const load = new Load(caller.ports.outbound);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await load.stop();
    return load.sent > 0 && load.failures.length === 0 ? true : undefined;
  }, 'the caller to reach the service');
};

test('certificates are renewed under load, and then the root is replaced under load: no request fails', { timeout: 200_000 }, async (t) => {
  const control = await startControlProcess(t, temporaryDirectory(t), { flags: ['--cert-ttl-seconds', String(TTL_SECONDS)] });
  const { web, caller } = await twoWorkloads(t, control, 500);
  await answers(caller);
  const load = new Load(caller.ports.outbound);
  const newcomers = new Newcomers(control, web.ports.inbound);
  t.after(() => Promise.all([load.stop(), newcomers.stop()]));
  const [webBefore, callerBefore] = [await adminCertificate(web), await adminCertificate(caller)];
  await until(async () => {
    const [webNow, callerNow] = [await adminCertificate(web), await adminCertificate(caller)];
    return webNow.serialNumber !== webBefore.serialNumber && callerNow.serialNumber !== callerBefore.serialNumber && load.sent >= REQUESTS / 2 ? true : undefined;
  }, 'both certificates to be renewed', () => `${load.sent} requests`, 60_000);
  assert.deepEqual(load.failures.slice(0, 3), []);

  const before = await certsz(control);
  assert.deepEqual([before.stage, before.roots.length], ['stable', 1]);
  await control.kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'binnacle-ca', namespace: 'istio-system' }, data: { rotateRoot: 'first' } });
  const stages = new Set<string>();
  const after = await until(async () => {
    const state = await certsz(control);
    stages.add(`${state.stage} ${state.roots.length}`);
    return state.stage === 'stable' && state.rotation === 'first' ? state : undefined;
  }, 'the root to be replaced', undefined, 60_000);
  await until(() => (load.sent >= REQUESTS ? true : undefined), 'the requests to be sent', () => `${load.sent} requests`, 60_000);
  await Promise.all([load.stop(), newcomers.stop()]);
  t.diagnostic(`${load.sent} requests, ${load.failures.length} failed; ${newcomers.joined} newcomers, ${newcomers.failures.length} refused; stages seen: ${[...stages].join(', ')}`);
  assert.deepEqual(load.failures.slice(0, 3), []);
  assert.ok(newcomers.joined > 5);
  assert.deepEqual(newcomers.failures.slice(0, 3), []);
  assert.notEqual(after.roots[0]?.fingerprint, before.roots[0]?.fingerprint);
  assert.deepEqual([...new Set(after.certificates.map(({ root }) => root))], [after.roots[0]?.fingerprint]);
  for (const proxy of [web, caller]) {
    const [root] = await until(async () => [(await adminCertificate(proxy)).roots].find((roots) => roots.length === 1), 'the old root to be trusted no more');
    assert.notEqual(root, new X509Certificate(control.rootPem).serialNumber.toLowerCase());
  }
});

/** Asks a sidecar's inbound port with a certificate; the status line, or why there is none. */
function ask(port: number, identity: { readonly key: string; readonly cert: string }): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['istio'], ...identity }, () => socket.write('GET / HTTP/1.1\r\nhost: web\r\nconnection: close\r\n\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString().split('\r\n')[0] ?? '');
      socket.destroy();
    });
    socket.on('error', () => resolve('refused'));
    socket.on('close', () => resolve('refused'));
  });
}

test('a revoked workload is refused by its peers and by the control plane; the others go on', { timeout: 60_000 }, async (t) => {
  const control = await startControlProcess(t, temporaryDirectory(t));
  const { web, caller } = await twoWorkloads(t, control, 0);
  const address = { address: control.endpoints.xds, rootPem: control.rootPem };
  const token = await control.kube.createServiceAccountToken('default', 'thief');
  const { keyPem, csrPem } = await createCsr();
  const { certChainPem } = await requestCertificate({ ...address, token, csrPem, ttlSeconds: 0 });
  const identity = { key: keyPem, cert: certChainPem };
  assert.equal(await ask(web.ports.inbound, identity), 'HTTP/1.1 200 OK');
  const held = async (account: string) => (await certsz(control)).certificates.find(({ spiffeId }) => spiffeId.endsWith(`/sa/${account}`));
  const thief = await held('thief');
  assert.deepEqual([(await held('caller'))?.proxies.length, thief?.proxies, thief?.revokedAt], [1, [], undefined]);

  await control.kube.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'binnacle-ca', namespace: 'istio-system' }, data: { revoke: thief?.serialNumber ?? '' } });
  await until(async () => ((await ask(web.ports.inbound, identity)) === 'refused' ? true : undefined), 'the revoked certificate to be refused');
  assert.notEqual((await held('thief'))?.revokedAt, undefined);
  for (const auth of [{ token }, { clientCert: { keyPem, certChainPem } }]) await assert.rejects(requestCertificate({ ...address, ...auth, csrPem: (await createCsr()).csrPem, ttlSeconds: 0 }), { code: 'unauthenticated', message: /revoked/ });
  await caller.rotateCertificate();
  await answers(caller);
});
