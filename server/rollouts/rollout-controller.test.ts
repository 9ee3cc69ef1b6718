import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CanaryRollout, CanaryRolloutSpec, CanaryRolloutStatus } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { VirtualService } from '#mesh-core/domain/resources/networking.ts';
import { silentLogger } from '#mesh-core/runtime/logger.ts';
import { KubeError, type KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { ServerContext } from '#server/server-context.ts';
import type { PatchOperation } from './core/weight-patch.ts';
import { ACTION_ANNOTATION, ACTOR_ANNOTATION, startRolloutController } from './rollout-controller.ts';

const SPEC: CanaryRolloutSpec = {
  host: 'web',
  stable: { subset: 'v1', labels: { version: 'v1' } },
  canary: { subset: 'v2', labels: { version: 'v2' } },
  steps: [10, 20, 40, 80].map((weight) => ({ weight, minSeconds: 3600 })),
  analysis: { intervalSeconds: 1, alpha: 0.01, beta: 0.05, errors: { floor: 0.02, maxRatio: 2 }, onInconclusive: 'hold' },
};
type Call = 'get' | 'updateStatus' | 'patch' | 'create';

/** One rollout of one service, in an API server of maps; the console's cache is those maps themselves. */
class SmallMesh {
  #now = Date.UTC(2026, 0, 1);
  #wake = (): void => undefined;
  readonly calls: string[] = [];
  readonly #objects = new Map<string, KubeObject>();
  #version = 0;
  connected = true;
  /** Each fails one call, before it does anything. */
  readonly failures: { call: Call; kind: string; error: Error }[] = [];

  constructor() {
    const entry = (version: string): KubeObject => ({ apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name: `web-${version}`, namespace: 'default' }, spec: { address: '127.0.0.1', labels: { app: 'web', version } } });
    const route = (['v1', 'v2'] as const).map((subset) => ({ destination: { host: 'web', subset }, weight: subset === 'v1' ? 100 : 0 }));
    for (const object of [
      entry('v1'),
      entry('v2'),
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
      { apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', metadata: { name: 'web', namespace: 'default' }, spec: { host: 'web', subsets: [{ name: 'v1' }, { name: 'v2' }] } },
      { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', metadata: { name: 'web', namespace: 'default' }, spec: { hosts: ['web'], http: [{ route }] } },
      { apiVersion: 'binnacle.dev/v1', kind: 'CanaryRollout', metadata: { name: 'web', namespace: 'default' }, spec: SPEC },
    ]) this.store(object);
  }

  store(object: KubeObject): KubeObject {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#version) } };
    this.#objects.set(`${object.kind}/${object.metadata.name}`, stored);
    return stored;
  }
  read<T extends KubeObject>(kind: string, name = 'web'): T {
    return structuredClone(this.#objects.get(`${kind}/${name}`)) as T;
  }
  get status(): CanaryRolloutStatus {
    return this.read<CanaryRollout>('CanaryRollout').status ?? {};
  }
  get weight(): number | undefined {
    return this.read<VirtualService>('VirtualService').spec?.http?.[0]?.route?.[1]?.weight;
  }
  wish(action: string): void {
    const rollout = this.read<CanaryRollout>('CanaryRollout');
    this.store({ ...rollout, metadata: { ...rollout.metadata, annotations: { [ACTION_ANNOTATION]: action, [ACTOR_ANNOTATION]: 'user:captain' } } });
  }
  get wished(): string | undefined {
    return this.read('CanaryRollout').metadata.annotations?.[ACTION_ANNOTATION];
  }

  /** One second of the controller. */
  async second(): Promise<void> {
    this.#now += 1000;
    this.#wake();
    // Nothing of this mesh waits for anything, so a tick ends within the microtasks.
    await new Promise((resolve) => setImmediate(resolve));
  }

  context(): ServerContext {
    const call = (name: Call, kind: string): void => {
      this.calls.push(`${name} ${kind}`);
      const index = this.failures.findIndex((f) => f.call === name && f.kind === kind);
      const [failure] = index === -1 ? [] : this.failures.splice(index, 1);
      if (failure !== undefined) throw failure.error;
    };
    const written = (object: KubeObject): { object: KubeObject; warnings: [] } => ({ object: structuredClone(this.store(object)), warnings: [] });
    const fresh = (object: KubeObject): void => {
      if (object.metadata.resourceVersion !== this.read(object.kind).metadata.resourceVersion) throw conflict();
    };
    const kube: Partial<Record<keyof KubeClient, unknown>> = {
      get: async (kind: { kind: string }, name: string) => {
        call('get', kind.kind);
        return this.read(kind.kind, name);
      },
      updateStatus: async (object: KubeObject) => {
        call('updateStatus', object.kind);
        fresh(object);
        return written({ ...this.read(object.kind), status: object.status });
      },
      patch: async (kind: { kind: string }, name: string, _namespace: string, type: 'merge' | 'json', patch: unknown) => {
        call('patch', kind.kind);
        const object = this.read<VirtualService>(kind.kind, name);
        if (type === 'merge') {
          const { annotations: _, ...metadata } = object.metadata;
          return written({ ...object, metadata });
        }
        const replaced = (patch as PatchOperation[]).find((o) => o.op === 'replace');
        assert.ok(replaced?.op === 'replace');
        return written({ ...object, spec: { ...object.spec, http: [{ route: replaced.value }] } });
      },
    };
    const config: Partial<ServerContext['config']> = {
      list: <T extends KubeObject>(kind: string) => [...this.#objects.values()].filter((o) => o.kind === kind) as unknown as readonly T[],
      get: <T extends KubeObject>(kind: string, _namespace: string | undefined, name: string) => this.#objects.get(`${kind}/${name}`) as T | undefined,
    };
    Object.defineProperty(config, 'connected', { get: () => this.connected });
    const metrics = { query: async (query: string) => ({ value: { resultType: 'vector', result: query.startsWith('max(') ? [{ metric: {}, value: [0, this.#now / 1000] }] : [] }, warnings: [], infos: [] }) };
    const audit = { record: ({ action }: { action: string }) => void this.calls.push(`audit ${action}`) };
    const clock = {
      now: () => this.#now,
      every: (_ms: number, fn: () => void) => {
        this.#wake = fn;
        return () => undefined;
      },
    };
    // Safe because the controller uses no more of it.
    return { clock, log: silentLogger, kube, config, metrics, audit, events: { publish() {} }, scrapeIntervalSeconds: 1 } as unknown as ServerContext;
  }
}

const conflict = (): KubeError => new KubeError({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'modified', reason: 'Conflict', code: 409 });

async function running(prepare: (mesh: SmallMesh) => void = () => undefined): Promise<SmallMesh> {
  const mesh = new SmallMesh();
  prepare(mesh);
  startRolloutController(mesh.context());
  await mesh.second();
  return mesh;
}

test('starts, and sets the first weight on the route', async () => {
  const mesh = await running();
  assert.deepEqual([mesh.status.phase, mesh.status.weight, mesh.weight], ['Progressing', 10, 10]);
});

test('touches nothing while the objects have not all been read', async () => {
  const mesh = await running((m) => (m.connected = false));
  await mesh.second();
  assert.deepEqual(mesh.calls, []);
  mesh.connected = true;
  await mesh.second();
  assert.equal(mesh.weight, 10);
});

test('a wish is done once and taken off; the same one made again is done again', async () => {
  const mesh = await running();
  for (const weight of [20, 40]) {
    mesh.wish('advance');
    await mesh.second();
    assert.deepEqual([mesh.status.weight, mesh.weight, mesh.wished], [weight, weight, undefined]);
  }
  await mesh.second();
  assert.equal(mesh.status.weight, 40);
});

test('a conflict while a wish is recorded does not lose it', async () => {
  const mesh = await running();
  mesh.failures.push({ call: 'updateStatus', kind: 'CanaryRollout', error: conflict() });
  mesh.wish('abort');
  await mesh.second();
  assert.equal(mesh.status.phase, 'Progressing');
  await mesh.second();
  await mesh.second();
  assert.deepEqual([mesh.status.phase, mesh.weight, mesh.wished], ['RolledBack', 0, undefined]);
});

test('a crash after a wish was recorded, before it was taken off, does not do it twice', async () => {
  const mesh = await running();
  // The route's patch fails, as if the process had ended there; the wish stays on the object.
  mesh.failures.push({ call: 'patch', kind: 'VirtualService', error: new Error('killed') });
  mesh.wish('advance');
  await mesh.second();
  assert.deepEqual([mesh.status.weight, mesh.weight, mesh.wished], [20, 10, 'advance']);
  await mesh.second();
  assert.deepEqual([mesh.status.weight, mesh.weight, mesh.wished], [20, 20, undefined]);
});

test('a wish that is none is taken off without an effect', async () => {
  const mesh = await running();
  mesh.wish('launch');
  await mesh.second();
  await mesh.second();
  assert.deepEqual([mesh.status.weight, mesh.status.phase, mesh.wished], [10, 'Progressing', undefined]);
});

test('an abort before the first step writes nothing but its record', async () => {
  const mesh = await running((m) => {
    m.store({ ...m.read('CanaryRollout'), spec: { ...SPEC, paused: true } });
    m.wish('abort');
  });
  assert.deepEqual([mesh.status.phase, mesh.weight], ['RolledBack', 0]);
  assert.ok(!mesh.calls.includes('patch VirtualService') && !mesh.calls.includes('create VirtualService'));
});
