import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import { schemaOf } from '#mesh-core/domain/resources/schema/schema-of.ts';
import { LIST_RULES } from './list-rules.ts';
import { LEAF, METADATA_SHAPE, shapeOf, unknownShape, type Shape } from './merge-shape.ts';

const SHAPES = new Map<string, Shape>();

/** How the objects of a kind merge: from the kind's schema and list rules; without a schema, as a custom resource that keeps unknown fields. */
export function kindShape(kind: KindInfo): Shape {
  const known = SHAPES.get(kind.id);
  if (known !== undefined) return known;
  const rules = LIST_RULES[kind.id] ?? {};
  const schema = schemaOf(kind.id);
  const body = schema === undefined ? unknownShape(rules) : shapeOf(schema, rules);
  const fields = body.kind === 'map' ? body.fields : {};
  const shape: Shape = { kind: 'map', fields: { ...fields, apiVersion: LEAF, kind: LEAF, metadata: METADATA_SHAPE }, others: { kind: 'deduced' } };
  SHAPES.set(kind.id, shape);
  return shape;
}
