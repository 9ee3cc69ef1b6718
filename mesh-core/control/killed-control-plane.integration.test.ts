import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { seededRandom } from '#mesh-core/runtime/random.ts';
import { KubeError, type KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { startControlProcess, temporaryDirectory, until } from './control-harness.ts';

/** More of them on request: BINNACLE_KILLS=100. */
const KILLS = Number(process.env['BINNACLE_KILLS'] ?? 5);
const SEED = Number(process.env['BINNACLE_SEED'] ?? 20_261_121);
const WRITERS = 6;
const NAMES_PER_WRITER = 5;
const CONFIG_MAP = servedKind('ConfigMap');
const ENTRY = servedKind('WorkloadEntry');

/** What one name may look like: what was acknowledged last, or what the write without an answer would have made of it. */
interface Belief {
  readonly known: Shape;
  readonly maybe?: Shape;
}
/** A counter in the object and one in its status; undefined = there is no such object. */
type Shape = { readonly spec: number; readonly status: number } | undefined;

test(`${KILLS} × kill -9 under writes lose nothing that was acknowledged, and a watch misses nothing`, { timeout: 60_000 + KILLS * 8000 }, async (t) => {
  const random = seededRandom(SEED);
  const dataDir = temporaryDirectory(t);
  const beliefs = new Map<string, Belief>();
  const versions = new Map<string, string>();
  const counts = { acknowledged: 0, unanswered: 0 };
  let highest = 0;
  let mesh = await startControlProcess(t, dataDir);

  const stopWatch = new AbortController();
  t.after(() => stopWatch.abort());
  const watched = new Map<string, KubeObject>();
  let versionsWentBack = 0;
  // Its own client, which lives through all restarts: the port stays.
  const watcher = watchEntries(mesh.kube, stopWatch.signal, watched, () => versionsWentBack++);

  for (let kill = 0; kill < KILLS; kill++) {
    let dead = false;
    const { kube } = mesh;
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      while (!dead) {
        const name = `w${writer}-${Math.floor(random() * NAMES_PER_WRITER)}`;
        const before = beliefs.get(name)?.known;
        const step = nextStep(before, random());
        beliefs.set(name, { known: before, maybe: step.after });
        try {
          const version = await step.run(kube, name, versions.get(name) ?? '');
          versions.set(name, String(version));
          highest = Math.max(highest, version);
          counts.acknowledged++;
          beliefs.set(name, { known: step.after });
        } catch (error) {
          assert.ok(!(error instanceof KubeError), `${name}: ${String(error)}`);
          counts.unanswered++;
          return;
        }
      }
    });
    const target = counts.acknowledged + 20 + Math.floor(random() * 100);
    await until(() => counts.acknowledged >= target || undefined, 'writes');
    await mesh.end('SIGKILL');
    dead = true;
    await Promise.all(writers);
    mesh = await startControlProcess(t, dataDir);

    const { items, resourceVersion } = await mesh.kube.list(ENTRY, { namespace: 'default' });
    assert.ok(Number(resourceVersion) >= highest, `kill ${kill}: version ${resourceVersion} is behind ${highest}`);
    const stored = new Map(items.map((item) => [item.metadata.name, shapeOf(item)]));
    for (const { metadata } of items) versions.set(metadata.name, metadata.resourceVersion ?? '');
    for (const [name, { known, maybe }] of beliefs) {
      const found = stored.get(name);
      const fits = [known, maybe].some((shape) => JSON.stringify(shape) === JSON.stringify(found));
      assert.ok(fits, `kill ${kill}, ${name}: found ${JSON.stringify(found)}, acknowledged ${JSON.stringify(known)}, under way ${JSON.stringify(maybe)} (seed ${SEED})`);
      beliefs.set(name, { known: found });
    }
  }

  const { items } = await mesh.kube.list(ENTRY, { namespace: 'default' });
  const expected = items.map((item) => `${item.metadata.name} ${item.metadata.resourceVersion}`).toSorted();
  await until(() => JSON.stringify([...watched.values()].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`).toSorted()) === JSON.stringify(expected) || undefined, 'the watch to agree with the list', () => `${watched.size} watched, ${expected.length} stored`);
  assert.equal(versionsWentBack, 0);
  stopWatch.abort();
  await watcher;
  assert.ok(counts.acknowledged >= KILLS * 20);
  t.diagnostic(`${KILLS} kills, seed ${SEED}: ${counts.acknowledged} writes acknowledged, none lost; ${counts.unanswered} had no answer; last version ${highest}`);
  // Other kinds live in the same log.
  assert.ok((await mesh.kube.list(CONFIG_MAP, {})).items.length > 0);
});

/** A random write on an object that looks like `before`: what it leads to, and how to do it. Resolves with the resourceVersion after it. */
function nextStep(before: Shape, chance: number): { readonly after: Shape; run(kube: KubeClient, name: string, version: string): Promise<number> } {
  if (before === undefined) {
    return { after: { spec: 0, status: 0 }, run: async (kube, name) => versionOf((await kube.create(anEntry(name, 0))).object) };
  }
  const { spec, status } = before;
  if (chance < 0.15) {
    return {
      after: undefined,
      run: async (kube, name) => {
        await kube.delete(ENTRY, name, 'default');
        return 0;
      },
    };
  }
  if (chance < 0.4) return { after: { spec: spec + 1, status }, run: async (kube, name, version) => versionOf((await kube.update(anEntry(name, spec + 1, version))).object) };
  if (chance < 0.7) return { after: { spec: spec + 1, status }, run: async (kube, name) => versionOf((await kube.patch(ENTRY, name, 'default', 'merge', { spec: { labels: { count: String(spec + 1) } } })).object) };
  return {
    after: { spec, status: status + 1 },
    run: async (kube, name, version) => versionOf((await kube.updateStatus({ ...anEntry(name, spec, version), status: { conditions: [{ type: 'Count', status: 'True', reason: String(status + 1) }] } })).object),
  };
}

function anEntry(name: string, count: number, resourceVersion?: string): KubeObject {
  return { apiVersion: 'networking.istio.io/v1', kind: 'WorkloadEntry', metadata: { name, namespace: 'default', ...(resourceVersion === undefined ? {} : { resourceVersion }) }, spec: { address: '127.0.0.1', labels: { count: String(count) }, serviceAccount: 'x'.repeat(40) } };
}

function shapeOf(object: KubeObject): NonNullable<Shape> {
  const spec = object.spec as { labels?: { count?: string } } | undefined;
  const status = object.status as { conditions?: { reason?: string }[] } | undefined;
  return { spec: Number(spec?.labels?.count), status: Number(status?.conditions?.[0]?.reason ?? 0) };
}

function versionOf(object: KubeObject): number {
  return Number(object.metadata.resourceVersion);
}

async function watchEntries(kube: KubeClient, signal: AbortSignal, watched: Map<string, KubeObject>, onBack: () => void): Promise<void> {
  await kube.watch(ENTRY, { namespace: 'default', signal }, ({ type, object }) => {
    const { name } = object.metadata;
    const before = watched.get(name);
    if (before !== undefined && versionOf(object) < versionOf(before)) onBack();
    if (type === 'DELETED') watched.delete(name);
    else if (type !== 'BOOKMARK') watched.set(name, object);
  });
}
