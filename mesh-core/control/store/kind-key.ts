import { KINDS, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';

/** A kind's name in the database: `networking.istio.io/VirtualService`; all its versions are stored as one. */
export function kindKey(kind: KindInfo): string {
  return `${kind.group}/${kind.kind}`;
}

/** The kind of a key; undefined when this program does not serve it (any more). */
export function kindOfKey(key: string): KindInfo | undefined {
  return KINDS.find((kind) => kindKey(kind) === key);
}
