import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { KINDS, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { isBuiltin } from '../builtin-kinds.ts';
import { categoriesOf, hasStatus } from '../discovery.ts';
import { objectSchema } from '../openapi/definitions.ts';
import { byPriority } from '../served-kinds.ts';
import { uuidOf } from './service-endpoints.ts';

/**
 * The kinds that a cluster would have from CustomResourceDefinitions, as such objects, for clients that look for them. `made` is RFC 3339.
 * Source: Kubernetes, apiextensions.k8s.io/v1.
 */
export function customResourceDefinitions(made: string): readonly KubeObject[] {
  return KINDS.filter((kind) => !isBuiltin(kind)).map((kind) => definitionOf(kind, made));
}

function definitionOf(kind: KindInfo, made: string): KubeObject {
  const name = `${kind.plural}.${kind.group}`;
  const [stored] = kind.versions;
  const names = { plural: kind.plural, singular: kind.singular, kind: kind.kind, listKind: `${kind.kind}List`, ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }), categories: categoriesOf(kind) };
  const condition = (type: string, reason: string, message: string): object => ({ type, status: 'True', reason, message, lastTransitionTime: made });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, uid: uuidOf(name), resourceVersion: '1', generation: 1, creationTimestamp: made },
    spec: {
      group: kind.group,
      names,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      versions: kind.versions.toSorted(byPriority).map((version) => ({
        name: version,
        served: true,
        storage: version === stored,
        schema: { openAPIV3Schema: objectSchema(kind, 3, { type: 'object' }) },
        ...(hasStatus(kind) ? { subresources: { status: {} } } : {}),
      })),
      conversion: { strategy: 'None' },
    },
    status: {
      acceptedNames: names,
      storedVersions: [stored],
      conditions: [condition('NamesAccepted', 'NoConflicts', 'no conflicts found'), condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted')],
    },
  };
}
