import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { AGE_COLUMN, endsWithAge, printerColumns, type PrinterColumn } from './printer-columns.ts';

/** What a Table row carries besides its cells (`?includeObject=`). */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/**
 * Objects as a `meta.k8s.io/v1` Table, which is what `kubectl get` prints. `listMetadata` is the list's resourceVersion and continue token.
 * `now` is Unix milliseconds. Source: Kubernetes API concepts, "Receiving resources as Tables".
 */
export function tableOf(kind: KindInfo, objects: readonly KubeObject[], listMetadata: object, include: IncludeObject, now: number): object {
  const columns: readonly PrinterColumn[] = [NAME_COLUMN, ...printerColumns(kind), ...(endsWithAge(kind) ? [AGE_COLUMN] : [])];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: listMetadata,
    columnDefinitions: columns.map(({ name, type, description, priority }) => ({ name, type, format: name === 'Name' ? 'name' : '', description, priority })),
    rows: objects.map((object) => ({ cells: columns.map((column) => column.cell(object, now)), ...rowObject(object, include) })),
  };
}

const NAME_COLUMN: PrinterColumn = { name: 'Name', type: 'string', description: 'Name, unique in its namespace.', priority: 0, cell: (object) => object.metadata.name };

function rowObject(object: KubeObject, include: IncludeObject): object {
  switch (include) {
    case 'None':
      return {};
    case 'Metadata':
      return { object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata } };
    case 'Object':
      return { object };
  }
}
