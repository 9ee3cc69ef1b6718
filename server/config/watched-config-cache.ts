import { setTimeout as delay } from 'node:timers/promises';
import { objectKey, type KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { CONSOLE_KINDS, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { DEFAULT_MESH_SETTINGS, snapshotLists, type MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { MESH_CONFIG_NAME, readMeshSettings } from '#mesh-core/wire/kubernetes/mesh-config.ts';
import { KubeError, type KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { ConfigCache, ConfigChange } from './config-cache.ts';

const RETRY_MS = 1000;
const UNSERVED_MS = 30_000;
/** Where the console looks for the mesh's settings: Istio's usual root namespace. */
const MESH_CONFIG_KEY = objectKey({ name: MESH_CONFIG_NAME, namespace: DEFAULT_MESH_SETTINGS.rootNamespace });

/** A running cache; `synced` resolves when every kind was listed once. */
export interface WatchedConfigCache extends ConfigCache {
  readonly synced: Promise<void>;
  close(): void;
}

/** Watches every kind of the console. Reads answer from memory; while the API server is away they answer with what was last seen. */
export function watchConfig(kube: KubeClient, log: Logger, kinds: readonly KindInfo[] = CONSOLE_KINDS): WatchedConfigCache {
  const objects = new Map<string, Map<string, KubeObject>>(kinds.map((k) => [k.id, new Map<string, KubeObject>()]));
  const listeners = new Set<(change: ConfigChange) => void>();
  const disconnected = new Set(kinds.map((k) => k.id));
  const stop = new AbortController();
  let snapshot: MeshSnapshot | undefined;

  const emit = (change: ConfigChange): void => {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        log.error({ error: String(error) }, 'config listener failed');
      }
    }
  };
  const watchKind = (kind: KindInfo): Promise<void> =>
    new Promise((synced) => {
      const store = objects.get(kind.id) ?? new Map<string, KubeObject>();
      const onState = (state: 'connected' | 'disconnected', error?: unknown): void => {
        if (state === 'connected') disconnected.delete(kind.id);
        else disconnected.add(kind.id);
        if (error !== undefined) log.debug({ kind: kind.kind, error: String(error) }, 'watch interrupted');
      };
      const run = async (): Promise<void> => {
        while (!stop.signal.aborted) {
          try {
            await kube.watch(kind, { signal: stop.signal, onState, onSynced: () => { disconnected.delete(kind.id); synced(); } }, (event) => {
              const change = applyEvent(store, event.type, event.object);
              if (change === undefined) return;
              snapshot = undefined;
              emit(change);
            });
          } catch (error) {
            const unserved = error instanceof KubeError && error.status.code === 404;
            if (unserved) {
              // A cluster without this kind (a part of Istio, or CanaryRollout, not installed) has none of it; it may come.
              disconnected.delete(kind.id);
              synced();
            } else onState('disconnected', error);
            await delay(unserved ? UNSERVED_MS : RETRY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
          }
        }
        synced();
      };
      void run();
    });
  const synced = Promise.all(kinds.map(watchKind)).then(() => undefined);

  const list = <T extends KubeObject>(kind: string, namespace?: string): readonly T[] => {
    const all = [...(objects.get(kind)?.values() ?? [])].filter((o) => namespace === undefined || o.metadata.namespace === namespace);
    // Safe because the API server stores only objects that its schema for this kind admits.
    return all.toSorted((a, b) => objectKey(a.metadata).localeCompare(objectKey(b.metadata))) as unknown as readonly T[];
  };
  return {
    list,
    get: <T extends KubeObject>(kind: string, namespace: string | undefined, name: string) =>
      // Safe for the same reason as in list.
      objects.get(kind)?.get(objectKey({ name, ...(namespace === undefined ? {} : { namespace }) })) as T | undefined,
    snapshot: () =>
      (snapshot ??= { ...snapshotLists((kindId) => list(kindId)), mesh: readMeshSettings(objects.get('ConfigMap')?.get(MESH_CONFIG_KEY)?.data?.['mesh']), hidesSecrets: true }),
    get connected() {
      return disconnected.size === 0;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    synced,
    close: () => stop.abort(),
  };
}

function applyEvent(store: Map<string, KubeObject>, type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: KubeObject): ConfigChange | undefined {
  if (type === 'BOOKMARK') return undefined;
  const key = objectKey(object.metadata);
  const previous = store.get(key);
  if (type === 'DELETED') {
    store.delete(key);
    return { type, object, previous };
  }
  if (previous !== undefined && previous.metadata.resourceVersion === object.metadata.resourceVersion) return undefined;
  store.set(key, object);
  return { type: previous === undefined ? 'ADDED' : 'MODIFIED', object, previous };
}
