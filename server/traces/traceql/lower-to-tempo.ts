import type { Aggregate, BinaryExpression, ComparisonOperator, FieldExpression, Intrinsic, Pipeline, ScalarFilter, SpansetExpression, Stage } from './ast.ts';
import { fieldsOf, itemOwnerOf } from './check.ts';
import { printCondition, printScalar } from './print.ts';

/** A pipeline that a Tempo can be asked for in place of another. */
export interface LoweredToTempo {
  /** Finds every trace that the other finds, and perhaps more. */
  readonly pipeline: Pipeline;
  /** Parts of the other that Tempo was not asked for, as text: to be evaluated over what it gives. */
  readonly here: readonly string[];
}

/**
 * What a Tempo is asked for so that nothing is missed: what it does not know (`parent.`, arithmetic of aggregates,
 * pipelines within expressions) or does not answer as it is documented is left out, or written another way. Found by
 * asking a Tempo 3.0 the same questions: negation of a comparison finds nothing; a literal on the left of `<` finds
 * nothing; an attribute alone finds nothing beside `||`; of several events the first with the key is looked at, but where
 * one pair of braces with nothing but `&&` is the whole query; ids with zeros in front are not found; a whole number divided by zero ends the query; of nil only
 * attributes can be asked. Still missed: numbers of another type than the literal they are compared with, and relations
 * of spans whose parents are not stored. A `jaeger-tag` is left out.
 */
export function lowerToTempo(pipeline: Pipeline): LoweredToTempo {
  const here: string[] = [];
  const stages: Stage[] = [];
  let exact = true;
  const [only, ...more] = pipeline.stages.filter((stage) => stage.kind !== 'select');
  const together = more.length === 0 && only?.kind === 'filter' && only.condition !== undefined && isConjunction(only.condition);
  for (const stage of pipeline.stages) {
    if (stage.kind === 'select') continue;
    if (stage.kind === 'filter' || stage.kind === 'spansets' || stage.kind === 'pipeline') {
      const lowered = lowerSpansets(stage, { here, together });
      stages.push(lowered.node);
      exact &&= lowered.exact;
    } else if (stage.kind === 'scalar-filter') {
      // Of more spans than were meant it could say anything.
      const plain = exact ? plainFilter(stage) : undefined;
      if (plain === undefined) {
        here.push(`${printScalar(stage.left)} ${stage.operator} ${printScalar(stage.right)}`);
        exact = false;
      } else stages.push(plain);
    } else if (exact && (stage.kind === 'coalesce' || fieldsOf(stage.expression).every((field) => field.parent !== true))) stages.push(stage);
    else exact = false;
  }
  return { pipeline: { kind: 'pipeline', stages: stages.length === 0 ? [{ kind: 'filter' }] : stages }, here };
}

interface Lowered<T> {
  readonly node: T;
  /** It takes exactly the spans that were meant. */
  readonly exact: boolean;
}

function lowerSpansets(node: SpansetExpression, within: Within): Lowered<SpansetExpression> {
  const { here } = within;
  if (node.kind === 'pipeline') {
    const [first] = node.stages;
    const lowered = lowerToTempo({ kind: 'pipeline', stages: first !== undefined && (first.kind === 'filter' || first.kind === 'spansets' || first.kind === 'pipeline') ? [first] : [] });
    here.push(...lowered.here, 'stages within an expression');
    const [only] = lowered.pipeline.stages;
    return { node: only?.kind === 'filter' || only?.kind === 'spansets' ? only : { kind: 'filter' }, exact: false };
  }
  if (node.kind === 'filter') {
    if (node.condition === undefined) return { node, exact: true };
    const left = here.length;
    const condition = lowerCondition(node.condition, within);
    return { node: { kind: 'filter', ...(condition === undefined ? {} : { condition }) }, exact: here.length === left };
  }
  const left = lowerSpansets(node.left, within);
  const right = lowerSpansets(node.right, within);
  // With more on the left, fewer would have no relation to it.
  if (node.operator.startsWith('!') && !left.exact) return { node: right.node, exact: false };
  return { node: { kind: 'spansets', operator: node.operator, left: left.node, right: right.node }, exact: left.exact && right.exact };
}

interface Within {
  readonly here: string[];
  /** The query is one pair of braces whose conditions are all joined by `&&`. */
  readonly together: boolean;
}

/** A condition that holds wherever the given one does; undefined for none at all. */
function lowerCondition(node: FieldExpression, within: Within): FieldExpression | undefined {
  switch (node.kind) {
    case 'static':
      return node;
    case 'attribute':
      return node.parent === true ? leftOut(node, within) : { kind: 'binary', operator: '=', left: node, right: { kind: 'static', value: { type: 'bool', value: true } } };
    case 'unary':
      return node.operator === '!' && node.of.kind === 'attribute' && node.of.parent !== true ? { kind: 'binary', operator: '=', left: node.of, right: { kind: 'static', value: { type: 'bool', value: false } } } : leftOut(node, within);
    case 'binary':
      if (node.operator !== '&&' && node.operator !== '||') return lowerComparison(node, within);
      return combined(node, lowerCondition(node.left, within), lowerCondition(node.right, within));
    default:
      return leftOut(node, within);
  }
}

/** Of `&&` what is left of the sides; of `||` nothing when nothing is left of one. */
function combined(node: BinaryExpression, left: FieldExpression | undefined, right: FieldExpression | undefined): FieldExpression | undefined {
  // A tag of Jaeger's, tried as every type, may have become the same several times.
  if (left !== undefined && right !== undefined && node.operator === '||' && alternativesOf(left).includes(printCondition(right))) return left;
  if (left !== undefined && right !== undefined) return { kind: 'binary', operator: node.operator, left, right };
  return node.operator === '&&' ? (left ?? right) : undefined;
}

function alternativesOf(node: FieldExpression): string[] {
  return node.kind === 'binary' && node.operator === '||' ? [...alternativesOf(node.left), printCondition(node.right)] : [printCondition(node)];
}

const MIRRORED: Readonly<Partial<Record<BinaryExpression['operator'], ComparisonOperator>>> = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

function lowerComparison(node: BinaryExpression, within: Within): FieldExpression | undefined {
  const mirrored = MIRRORED[node.operator];
  if (node.left.kind === 'static' && node.right.kind !== 'static' && mirrored !== undefined) return lowerComparison({ kind: 'binary', operator: mirrored, left: node.right, right: node.left }, within);
  const fields = fieldsOf(node);
  const ofNil = node.right.kind === 'static' && node.right.value.type === 'nil';
  if (fields.some((field) => field.parent === true) || dividesByUnknown(node)) return leftOut(node, within);
  if (ofNil && node.left.kind === 'intrinsic') return leftOut(node, within);
  if (node.left.kind === 'intrinsic' && isShortId(node.left, node)) return leftOut(node, within);
  const [item] = fields.filter((field) => itemOwnerOf(field) !== undefined);
  if (item === undefined || within.together) return node;
  // Whether there is any is seen of all events.
  within.here.push(printCondition(node));
  return (item.kind === 'attribute' || item.name === 'event:name') && !ofNil ? { kind: 'binary', operator: '!=', left: item, right: { kind: 'static', value: { type: 'nil' } } } : undefined;
}

function leftOut(node: FieldExpression, within: Within): undefined {
  within.here.push(printCondition(node));
  return undefined;
}

function isConjunction(node: FieldExpression): boolean {
  if (node.kind !== 'binary') return false;
  if (node.operator === '&&') return isConjunction(node.left) && isConjunction(node.right);
  return node.operator !== '||' && (node.left.kind === 'attribute' || node.left.kind === 'intrinsic') && node.right.kind === 'static';
}

function dividesByUnknown(node: FieldExpression): boolean {
  if (node.kind === 'unary') return dividesByUnknown(node.of);
  if (node.kind !== 'binary') return false;
  const { operator, left, right } = node;
  const safe = right.kind === 'static' && (right.value.type === 'int' || right.value.type === 'duration' || right.value.type === 'float') && Number(right.value.value) !== 0;
  return ((operator === '/' || operator === '%') && !safe) || dividesByUnknown(left) || dividesByUnknown(right);
}

function isShortId(field: Intrinsic, { operator, right }: BinaryExpression): boolean {
  const isSpanId = field.name === 'span:id' || field.name === 'span:parentID' || field.name === 'link:spanID';
  return isSpanId && !(operator === '=' && right.kind === 'static' && right.value.type === 'string' && /^[1-9a-f][\da-f]{15}$/.test(right.value.value));
}

/** An aggregate compared with a number, the only form that Tempo evaluates. */
function plainFilter(stage: ScalarFilter): ScalarFilter | undefined {
  const { left, right, operator } = stage;
  const plain = (node: Aggregate): boolean => node.of === undefined || fieldsOf(node.of).every((field) => field.parent !== true && itemOwnerOf(field) === undefined);
  if (left.kind === 'aggregate' && right.kind === 'static') return plain(left) ? stage : undefined;
  const mirrored = MIRRORED[operator];
  return left.kind === 'static' && right.kind === 'aggregate' && mirrored !== undefined && plain(right) ? { kind: 'scalar-filter', operator: mirrored, left: right, right: left } : undefined;
}
