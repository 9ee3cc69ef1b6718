import type { Namespace } from '../resources/core.ts';
import type { KubeGateway, LabelSelector, NamespaceSelector } from '../resources/gateway-api.ts';
import { namespaceOf } from '../resources/kube-object.ts';
import type { Labels } from '../resources/label-selector.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';

/**
 * The namespaces whose routes a listener takes, as an Istio Gateway lists them: `*` = all. Sorted. A selector that is not
 * valid takes none. Source: istiod's namespacesFromSelector.
 */
export function routeNamespaces(allowed: NamespaceSelector | undefined, ownNamespace: string, namespaces: readonly Namespace[]): string[] {
  const from = allowed?.from ?? 'Same';
  if (from === 'Same') return [ownNamespace];
  // `None` has no selector either: istiod, too, lets every namespace in.
  const selector = allowed?.selector;
  if (from === 'All' || selector === undefined) return ['*'];
  return namespaces
    .filter((namespace) => selects(selector, labelsOf(namespace)))
    .map(({ metadata }) => metadata.name)
    .sort();
}

/** May ListenerSets of a namespace attach to a Gateway? None may unless it says so. Source: istiod's NamespaceAcceptedByAllowListeners. */
export function acceptsListenerSets(gateway: KubeGateway, namespace: string, namespaces: readonly Namespace[]): boolean {
  const allowed = gateway.spec?.allowedListeners?.namespaces;
  if (allowed === undefined) return false;
  if (allowed.from === 'All') return true;
  if (allowed.from === 'Same') return namespace === namespaceOf(gateway);
  if ((allowed.from !== undefined && allowed.from !== 'Selector') || allowed.selector === undefined) return false;
  const object = namespaces.find(({ metadata }) => metadata.name === namespace);
  return object !== undefined && selects(allowed.selector, labelsOf(object));
}

function labelsOf({ metadata }: Namespace): Labels {
  return { ...metadata.labels, [NAME_LABEL]: metadata.name };
}

/** An operator that does not exist, or values where none belong, select nothing. */
function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  const valueOf = (key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);
  if (!Object.entries(matchLabels).every(([key, value]) => valueOf(key) === value)) return false;
  return matchExpressions.every(({ key, operator, values = [] }) => {
    const value = valueOf(key);
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return values.length > 0 && (value === undefined || !values.includes(value));
      case 'Exists':
        return values.length === 0 && value !== undefined;
      case 'DoesNotExist':
        return values.length === 0 && value === undefined;
      default:
        return false;
    }
  });
}
