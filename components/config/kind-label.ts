import { KINDS } from '#mesh-core/domain/resources/kinds.ts';

type NamedKind = { readonly kind: string; readonly group: string };

/** Id of an object's kind in the table of kinds: tells the two kinds named Gateway apart. */
export function kindIdOf({ kind, group }: NamedKind): string {
  return KINDS.find((known) => known.kind === kind && known.group === group)?.id ?? kind;
}

/** What people call a kind, by its id: `K8s Gateway` is Gateway API's, `Gateway` Istio's. */
export function kindWords(id: string): string {
  return id === 'K8sGateway' ? 'K8s Gateway' : id;
}

/** What people call the kind of an object. */
export function kindLabel(object: NamedKind): string {
  return kindWords(kindIdOf(object));
}
