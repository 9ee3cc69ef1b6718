import type { ColumnOwner, SegmentHandle } from '#server/traces/store/segment-source.ts';
import { termOfTag } from '#server/traces/core/search-terms.ts';
import type { Attribute, BinaryExpression, ComparisonOperator, FieldExpression, Intrinsic, JaegerTag, Pipeline, SpansetExpression, Static } from './ast.ts';
import { comparison } from './evaluate/values.ts';

/** What is known of a segment without reading it. */
export type SegmentFacts = Pick<SegmentHandle, 'minDuration' | 'maxDuration' | 'services' | 'mayContain'>;

/**
 * Can a pipeline leave anything of a segment? False only when it certainly cannot, so that the segment need not be read.
 * Every trace must be whole in its segment. Where it cannot be told, it can.
 */
export function mayMatch(pipeline: Pipeline, facts: SegmentFacts): boolean {
  return pipeline.stages.every((stage) => (stage.kind === 'filter' || stage.kind === 'spansets' || stage.kind === 'pipeline' ? mayLeave(stage, facts) : true));
}

function mayLeave(node: SpansetExpression, facts: SegmentFacts): boolean {
  if (node.kind === 'pipeline') return mayMatch(node, facts);
  if (node.kind === 'filter') return node.condition === undefined || mayHold(node.condition, facts);
  if (node.operator === '||') return mayLeave(node.left, facts) || mayLeave(node.right, facts);
  // Of "no such relation" nothing need be on the left.
  return mayLeave(node.right, facts) && (node.operator.startsWith('!') || mayLeave(node.left, facts));
}

function mayHold(node: FieldExpression, facts: SegmentFacts): boolean {
  switch (node.kind) {
    case 'static':
      return node.value.type === 'bool' && node.value.value;
    case 'attribute':
      return anyOwner(node, facts, 'true');
    case 'jaeger-tag':
      return mayHaveTag(node, facts);
    case 'binary':
      if (node.operator === '&&') return mayHold(node.left, facts) && mayHold(node.right, facts);
      if (node.operator === '||') return mayHold(node.left, facts) || mayHold(node.right, facts);
      return mayCompare(node, facts);
    default:
      return true;
  }
}

const MIRRORED: Readonly<Record<ComparisonOperator, ComparisonOperator>> = { '=': '=', '!=': '!=', '<': '>', '<=': '>=', '>': '<', '>=': '<=', '=~': '=~', '!~': '!~' };

function mayCompare({ operator, left, right }: BinaryExpression, facts: SegmentFacts): boolean {
  const asked = (['=', '!=', '<', '<=', '>', '>=', '=~', '!~'] as const).find((o) => o === operator);
  if (asked === undefined) return true;
  if (isField(left) && right.kind === 'static') return mayBe(left, asked, right.value, facts);
  if (isField(right) && left.kind === 'static') return mayBe(right, MIRRORED[asked], left.value, facts);
  // Two fields compare when both are there.
  return isField(left) && isField(right) ? mayBePresent(left, facts) && mayBePresent(right, facts) : true;
}

function mayBe(field: Attribute | Intrinsic, operator: ComparisonOperator, value: Static, facts: SegmentFacts): boolean {
  if (value.type === 'nil') return operator === '=' || mayBePresent(field, facts);
  if (field.kind === 'attribute') {
    const texts = operator === '=' ? textOf(value) : operator === '=~' && value.type === 'string' ? alternatives(value.value) : undefined;
    return texts === undefined ? anyOwner(field, facts) : texts.some((text) => anyOwner(field, facts, text));
  }
  if (field.name === 'span:duration') return mayLast(operator, value, facts);
  const owner = TEXTS.get(field.name);
  if (owner === undefined && field.name !== 'trace:rootService') return true;
  const texts = value.type !== 'string' ? undefined : operator === '=' ? [value.value] : operator === '=~' ? alternatives(value.value) : undefined;
  if (texts === undefined) return true;
  return texts.some((text) => (owner === undefined ? facts.services.includes(text) : facts.mayContain(owner, '', text)));
}
const TEXTS: ReadonlyMap<string, ColumnOwner> = new Map<string, ColumnOwner>([['span:name', 'name'], ['trace:rootName', 'name'], ['span:statusMessage', 'status-message'], ['event:name', 'event-name']]);

function mayLast(operator: ComparisonOperator, value: Static, { minDuration, maxDuration }: SegmentFacts): boolean {
  // Beyond 2^53 ns the range itself is rounded.
  if (operator === '!=' || maxDuration >= 2 ** 53 || minDuration <= -(2 ** 53)) return true;
  const matches = comparison(operator, () => false);
  const [least, most]: readonly Static[] = [{ type: 'float', value: minDuration }, { type: 'float', value: maxDuration }];
  if (least === undefined || most === undefined) return true;
  if (operator === '=') return comparison('<=', () => false)(least, value) && comparison('>=', () => false)(most, value);
  return matches(least, value) || matches(most, value);
}

/** How a value that equals this one may be written in a filter; undefined when that is not sure. */
function textOf(value: Static): readonly string[] | undefined {
  switch (value.type) {
    case 'string':
      return [value.value];
    case 'bool':
      return [String(value.value)];
    case 'int':
    case 'duration':
      // Beyond 2^53 an int and the float next to it are written differently.
      return value.value < 2n ** 53n && value.value > -(2n ** 53n) ? [String(value.value)] : undefined;
    case 'float':
      return Math.abs(value.value) < 2 ** 53 ? [String(value.value + 0)] : undefined;
    default:
      return undefined;
  }
}

/** The texts that an expression without wildcards stands for: `a|b`. */
function alternatives(pattern: string): readonly string[] | undefined {
  return /^[^\\.+*?()[\]{}^$]*$/.test(pattern) ? pattern.split('|') : undefined;
}

function mayBePresent(field: Attribute | Intrinsic, facts: SegmentFacts): boolean {
  return field.kind === 'intrinsic' || anyOwner(field, facts);
}

function anyOwner({ scope, key }: Attribute, facts: SegmentFacts, value?: string): boolean {
  const owners: readonly ColumnOwner[] = scope === undefined ? ['span', 'resource'] : [scope === 'instrumentation' ? 'scope' : scope];
  return owners.some((owner) => facts.mayContain(owner, key, value));
}

function mayHaveTag(tag: JaegerTag, facts: SegmentFacts): boolean {
  const [key, value] = termOfTag(tag.key, tag.value);
  if (key === 'error' || key === 'span.status' || key === 'span.kind' || key === 'scope.name' || key === 'scope.version') return true;
  // A list, a map and null are compared as other texts than they are kept under.
  const sought = value === '' || value.startsWith('[') || value.startsWith('{') ? undefined : value;
  if (key.startsWith('resource.')) return facts.mayContain('resource', key.slice('resource.'.length), sought);
  return (['span', 'resource', 'scope', 'event', 'link'] as const).some((owner) => facts.mayContain(owner, key, sought));
}

function isField(node: FieldExpression): node is Attribute | Intrinsic {
  return node.kind === 'attribute' || node.kind === 'intrinsic';
}
