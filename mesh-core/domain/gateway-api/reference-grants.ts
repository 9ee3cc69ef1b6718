import type { ReferenceGrant } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import { REF } from './object-reference.ts';

/** May an object of one namespace refer to another in a second namespace? */
export type GrantLookup = (from: { readonly kind: string; readonly namespace: string }, to: { readonly kind: string; readonly namespace: string; readonly name: string }) => boolean;

const FROM: ReadonlySet<string> = new Set([REF.gateway, REF.httpRoute, REF.grpcRoute, REF.tlsRoute, REF.tcpRoute, REF.listenerSet]);
const TO: ReadonlySet<string> = new Set([REF.configMap, REF.secret, REF.service, REF.backend, REF.inferencePool]);

/** Indexes ReferenceGrants; kinds that are none of ours are left out. Source: istiod's ReferenceGrantsCollection. */
export function indexGrants(grants: readonly ReferenceGrant[]): GrantLookup {
  const names = new Map<string, Set<string | undefined>>();
  for (const grant of grants) {
    for (const from of grant.spec?.from ?? []) {
      const fromKind = `${from.group}/${from.kind}`;
      if (!FROM.has(fromKind)) continue;
      for (const to of grant.spec?.to ?? []) {
        const toKind = `${to.group}/${to.kind}`;
        if (!TO.has(toKind)) continue;
        const key = keyOf({ kind: fromKind, namespace: from.namespace }, { kind: toKind, namespace: namespaceOf(grant) });
        names.set(key, (names.get(key) ?? new Set<string | undefined>()).add(to.name));
      }
    }
  }
  return (from, to) => {
    const allowed = names.get(keyOf(from, to));
    return allowed !== undefined && (allowed.has(undefined) || allowed.has(to.name));
  };
}

function keyOf(from: { readonly kind: string; readonly namespace: string }, to: { readonly kind: string; readonly namespace: string }): string {
  return `${from.kind}|${from.namespace}|${to.kind}|${to.namespace}`;
}
