import { convertGatewayApi } from '#mesh-core/domain/gateway-api/convert-gateway-api.ts';
import { BUILTIN_CLASSES, CONTROLLERS } from '#mesh-core/domain/gateway-api/gateway-classes.ts';
import { isManagedService, managedGatewayService } from '#mesh-core/domain/gateway-api/managed-gateway-service.ts';
import { gatewayApiInput } from '#mesh-core/domain/gateway-api/snapshot-input.ts';
import type { Service } from '#mesh-core/domain/resources/core.ts';
import { apiVersionOf, kindByApiVersion, servedKind } from '#mesh-core/domain/resources/kinds.ts';
import { objectKey } from '#mesh-core/domain/resources/kube-object.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { PushScheduler } from '../ads/push-scheduler.ts';
import type { MeshSnapshotSource } from '../registry/mesh-snapshot-source.ts';
import { deepEqual } from '../store/deep-equal.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { StoreChange, WriteOutcome } from '../store/store-change.ts';

export interface GatewayApiControllerOptions {
  readonly store: ObjectStore;
  readonly snapshots: MeshSnapshotSource;
  readonly clock: Clock;
  readonly log: Logger;
}

const SERVICE = servedKind('Service');
const GATEWAY_CLASS = servedKind('GatewayClass');
const CONFIG_MAP = servedKind('ConfigMap');
const MANAGER = { name: 'istio.io/gateway-controller', operation: 'Update' } as const;
/** Classes that are written out; the others need an ambient mesh, which this is not. */
const CLASSES = ['istio', 'istio-remote'] as const;

/**
 * Keeps in the store what belongs to Gateway API objects: the built-in GatewayClasses, a Service for every Gateway that names
 * none, and the statuses of all of them. A status is written only when it says something new, so its own writes calm down
 * at once. Reading and writing happen in one tick, so nobody writes between.
 */
export class GatewayApiController {
  readonly #options: GatewayApiControllerOptions;
  readonly #scheduler: PushScheduler;
  readonly #unsubscribe: () => void;

  /** Brings everything up to date once, and from then on after each burst of changes. */
  constructor(options: GatewayApiControllerOptions) {
    this.#options = options;
    this.#scheduler = new PushScheduler({ clock: options.clock, run: () => this.#reconcile() });
    this.#unsubscribe = options.store.subscribe((change) => {
      if (concerns(change)) this.#scheduler.note();
    });
    this.#reconcile();
  }

  close(): void {
    this.#unsubscribe();
    this.#scheduler.close();
  }

  #reconcile(): void {
    const { store, snapshots, clock } = this.#options;
    for (const name of CLASSES) if (store.get(GATEWAY_CLASS, name) === undefined) this.#done(store.create(GATEWAY_CLASS, builtInClass(name), { manager: MANAGER }), GATEWAY_CLASS.kind, name);
    this.#keepServices(snapshots.take().snapshot);
    // Taken again: a Service that was just made is part of what the statuses say.
    const { snapshot } = snapshots.take();
    const now = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
    for (const { object, status } of convertGatewayApi(gatewayApiInput(snapshot), now).statuses) {
      if (deepEqual(withoutEmpty(object.status), withoutEmpty(status))) continue;
      const kind = kindByApiVersion(object.apiVersion, object.kind);
      if (kind === undefined) continue;
      this.#done(store.updateStatus(kind, { ...object, status }, { manager: { ...MANAGER, subresource: 'status' } }), kind.kind, objectKey(object.metadata));
    }
  }

  #keepServices({ kubeGateways, listenerSets, gatewayClasses, services }: MeshSnapshot): void {
    const { store } = this.#options;
    const wanted = new Set<string>();
    for (const gateway of kubeGateways) {
      const draft = managedGatewayService(gateway, listenerSets, gatewayClasses, undefined);
      if (draft === undefined) continue;
      const key = objectKey(draft.metadata);
      wanted.add(key);
      const existing: Service | undefined = services.find(({ metadata }) => objectKey(metadata) === key);
      // A Service of that name that somebody wrote is theirs.
      if (existing !== undefined && !isManagedService(existing)) continue;
      const service = managedGatewayService(gateway, listenerSets, gatewayClasses, existing) ?? draft;
      if (existing === undefined) this.#done(store.create(SERVICE, service, { manager: MANAGER }), SERVICE.kind, key);
      else this.#done(store.update(SERVICE, { ...existing, metadata: { ...existing.metadata, labels: { ...existing.metadata.labels, ...service.metadata.labels } }, spec: { ...existing.spec, ...service.spec } }, { manager: MANAGER }), SERVICE.kind, key);
    }
    for (const service of services) {
      const { name, namespace } = service.metadata;
      if (isManagedService(service) && !wanted.has(objectKey(service.metadata))) store.delete(SERVICE, name, namespace);
    }
  }

  /** A write that was refused is made again with the next change, which is what refused it. */
  #done(outcome: WriteOutcome, kind: string, name: string): void {
    if (!outcome.ok) this.#options.log.warn({ kind, name, reason: outcome.reason }, 'the state of a Gateway API object could not be written');
  }
}

/** ConfigMaps may hold the authorities that a Gateway or policy refers to. */
function concerns({ kind }: StoreChange): boolean {
  return kind.affectsMesh || kind === CONFIG_MAP;
}

function builtInClass(name: (typeof CLASSES)[number]): KubeObject {
  const controllerName = BUILTIN_CLASSES[name] ?? '';
  return { apiVersion: apiVersionOf(GATEWAY_CLASS), kind: GATEWAY_CLASS.kind, metadata: { name }, spec: { controllerName, description: CONTROLLERS[controllerName]?.description ?? '' } };
}

/** An empty list says the same as none: neither is worth a write. */
function withoutEmpty(status: unknown): unknown {
  if (typeof status !== 'object' || status === null) return {};
  return Object.fromEntries(Object.entries(status).filter(([, value]) => !(Array.isArray(value) && value.length === 0)));
}
