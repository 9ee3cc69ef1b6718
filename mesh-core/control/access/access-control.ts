import { aggregatedRules } from '#mesh-core/domain/access/aggregate-roles.ts';
import { builtInClusterRoleBindings, builtInClusterRoles, reconciled } from '#mesh-core/domain/access/built-in-roles.ts';
import { decideAccess, type AccessDecision } from '#mesh-core/domain/access/evaluate-access.ts';
import type { AccessRequest, AccessRules, ClusterRole, Requester, Role, RoleBinding } from '#mesh-core/domain/access/rbac-objects.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { ObjectStore } from '../store/object-store.ts';

const CLUSTER_ROLE = servedKind('ClusterRole');
const CLUSTER_ROLE_BINDING = servedKind('ClusterRoleBinding');
const ROLE = servedKind('Role');
const ROLE_BINDING = servedKind('RoleBinding');
const MANAGER = { name: 'clusterrole-aggregation-controller', operation: 'Update' } as const;
const BOOTSTRAP = { name: 'rbac-bootstrap', operation: 'Update' } as const;

/**
 * Access control over the objects of the store: writes the built-in roles and bindings at the start, keeps aggregated roles up to date, and decides
 * requests. Every decision reads the objects as they are now: a binding that is gone allows nothing from that moment on.
 */
export class AccessControl {
  readonly #store: ObjectStore;
  readonly #log: Logger;
  readonly #unsubscribe: () => void;
  #aggregating = false;

  constructor(store: ObjectStore, log: Logger) {
    this.#store = store;
    this.#log = log;
    for (const wanted of builtInClusterRoles()) this.#put(wanted);
    for (const wanted of builtInClusterRoleBindings()) this.#put(wanted);
    this.#aggregate();
    this.#unsubscribe = store.subscribe(({ kind }) => {
      if (kind === CLUSTER_ROLE) this.#aggregate();
    });
  }

  /** May they? The reason names the binding that allows it. */
  decide(requester: Requester, request: AccessRequest): AccessDecision {
    return decideAccess(this.rules(), requester, request);
  }

  /** All access control as of now. */
  rules(): AccessRules {
    const store = this.#store;
    // Safe: nothing is stored that did not pass the schema of its kind.
    return {
      roles: store.list(ROLE) as readonly Role[],
      clusterRoles: store.list(CLUSTER_ROLE) as readonly ClusterRole[],
      roleBindings: store.list(ROLE_BINDING) as readonly RoleBinding[],
      clusterRoleBindings: store.list(CLUSTER_ROLE_BINDING) as readonly RoleBinding[],
    };
  }

  close(): void {
    this.#unsubscribe();
  }

  #put(wanted: ClusterRole | RoleBinding): void {
    const kind = wanted.kind === 'ClusterRole' ? CLUSTER_ROLE : CLUSTER_ROLE_BINDING;
    const next = reconciled(this.#store.get(kind, wanted.metadata.name), wanted);
    if (next === undefined) return;
    const outcome = next === wanted ? this.#store.create(kind, next, { manager: BOOTSTRAP }) : this.#store.update(kind, next, { manager: BOOTSTRAP });
    if (!outcome.ok) this.#log.error({ kind: kind.kind, name: wanted.metadata.name, reason: outcome.reason }, 'a built-in role could not be written');
  }

  /** Writes the rules of aggregated roles where they differ, until none does: one may gather another. */
  #aggregate(): void {
    if (this.#aggregating) return;
    this.#aggregating = true;
    // A chain is at most as long as there are roles; one that gathers itself in a circle ends too.
    for (let rounds = this.rules().clusterRoles.length; rounds > 0 && this.#aggregateOnce(); rounds--);
    this.#aggregating = false;
  }

  #aggregateOnce(): boolean {
    const all = this.rules().clusterRoles;
    let changed = false;
    for (const role of all) {
      const rules = aggregatedRules(role, all);
      if (rules === undefined || JSON.stringify(rules) === JSON.stringify(role.rules ?? [])) continue;
      const next: KubeObject & { readonly rules: typeof rules } = { ...role, rules };
      const outcome = this.#store.update(CLUSTER_ROLE, next, { manager: MANAGER });
      if (outcome.ok) changed = true;
      else this.#log.error({ name: role.metadata.name, reason: outcome.reason }, 'an aggregated role could not be written');
    }
    return changed;
  }
}
