import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as x509 from '@peculiar/x509';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { createKubeClient } from '#mesh-core/wire/kubernetes/http-kube-client.ts';
import { openObjectStore, type ObjectStore, type ObjectStoreOptions } from '../store/object-store.ts';
import { startApiServer, type ApiServer, type ApiServerOptions, type ApiTls } from './api-server.ts';

/** A self-signed certificate for 127.0.0.1, for tests. */
export async function selfSignedTls(): Promise<ApiTls> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: '01',
      name: 'CN=test',
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + 3_600_000),
      signingAlgorithm: algorithm,
      keys,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]), new x509.BasicConstraintsExtension(true)],
    },
  );
  return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY') };
}

export const ADMIN_TOKEN = 'admin-token';
export const EDIT_TOKEN = 'edit-token';
export const VIEW_TOKEN = 'view-token';

/** The parts of a test: a store in a directory of its own, a real server on a free port, and a client of it. */
export interface ApiHarness {
  /** The store's SQLite file. */
  readonly file: string;
  readonly store: ObjectStore;
  readonly tls: ApiTls;
  readonly server: ApiServer;
  readonly client: KubeClient;
  /** Stops the server (and closes the store) and starts both again on the same port and file. `between` runs on the closed file. */
  restart(between?: () => void | Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the harness. The stand-in validator refuses a spec with a field `bad` and warns about `odd`. */
export async function startApiHarness(overrides: Partial<ApiServerOptions> & { readonly storeOptions?: Partial<ObjectStoreOptions> } = {}): Promise<ApiHarness> {
  const directory = mkdtempSync(path.join(tmpdir(), 'binnacle-api-'));
  const file = path.join(directory, 'mesh.db');
  const tls = await selfSignedTls();
  const open = (): ObjectStore => openObjectStore({ file, ...overrides.storeOptions });
  const listen = (store: ObjectStore, port: number): Promise<ApiServer> =>
    startApiServer({ store, tls, port, host: '127.0.0.1', credentials: { tokens: TOKENS }, validate: standInValidator, issueToken: ({ namespace, serviceAccount }) => Promise.resolve(`token-of-${namespace}-${serviceAccount}`), log: silentLogger, ...overrides });
  let store = open();
  bindStandIns(store);
  let server = await listen(store, 0);
  const client = createKubeClient({ server: server.url, token: ADMIN_TOKEN, caPem: tls.cert, backoffMs: { first: 10, longest: 50 } });
  return {
    file,
    tls,
    client,
    get store() {
      return store;
    },
    get server() {
      return server;
    },
    restart: async (between) => {
      const { port } = server;
      await server.close();
      store.close();
      await between?.();
      store = open();
      server = await listen(store, port);
    },
    stop: async () => {
      await server.close();
      store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const TOKENS: ApiServerOptions['credentials']['tokens'] = [
  { token: ADMIN_TOKEN, user: 'ann', groups: ['system:masters'] },
  { token: EDIT_TOKEN, user: 'ed', groups: ['editors'] },
  { token: VIEW_TOKEN, user: 'vi', groups: ['viewers'] },
];

/** Everywhere, what their names say. */
function bindStandIns(store: ObjectStore): void {
  for (const [role, group] of [['edit', 'editors'], ['view', 'viewers']] as const) {
    const binding = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: group }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role }, subjects: [{ kind: 'Group', name: group }] };
    store.create(servedKind('ClusterRoleBinding'), binding);
  }
}

function standInValidator(object: KubeObject): ReturnType<ApiServerOptions['validate']> {
  const spec: Readonly<Record<string, unknown>> = typeof object.spec === 'object' ? { ...object.spec } : {};
  return {
    errors: 'bad' in spec ? [{ path: 'spec.bad', message: 'is a field nobody knows', expected: 'a known field', code: 'unknown-field' }] : [],
    warnings: 'odd' in spec ? [{ path: 'spec.odd', message: 'is "odd"\nwith é' }] : [],
  };
}
