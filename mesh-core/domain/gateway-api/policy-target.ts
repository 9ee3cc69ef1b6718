import type { PolicyTarget } from '../resources/gateway-api.ts';
import { objectKey } from '../resources/kube-object.ts';
import type { KubeObject } from '../resources/kube-object.ts';
import type { GatewayApiInput } from './gateway-api-input.ts';
import { REF, referencedKind } from './object-reference.ts';
import type { RouteContext } from './route-context.ts';

/** What a policy is for, or why it is for nothing; the words are istiod's. */
export type FoundTarget = { readonly kind: string } | { readonly problem: string };

/** Looks a target up among the kinds that policies may name at all; which of them will do is for the policy to say. Source: istiod's ReferenceSet. */
export function findTarget(target: PolicyTarget, namespace: string, context: RouteContext, { configMaps = [], secrets = [] }: Pick<GatewayApiInput, 'configMaps' | 'secrets'>): FoundTarget {
  const kind = referencedKind(target, '/');
  const key = `${namespace}/${target.name}`;
  const among = (objects: readonly KubeObject[]): KubeObject | undefined => objects.find(({ metadata }) => objectKey(metadata) === key);
  const lookups: Readonly<Record<string, () => KubeObject | undefined>> = {
    [REF.service]: () => context.services.get(key),
    [REF.serviceEntry]: () => context.serviceEntries.get(key),
    [REF.configMap]: () => among(configMaps),
    [REF.secret]: () => among(secrets),
  };
  const lookup = Object.hasOwn(lookups, kind) ? lookups[kind] : undefined;
  if (lookup === undefined) return { problem: `unsupported kind ${target.kind}` };
  return lookup() === undefined ? { problem: `reference ${key} (of kind ${target.kind}) not found` } : { kind };
}
