import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldExpression } from '../traceql/ast.ts';
import { readFilter } from './filter-expression.ts';

/** The condition as text, fully bracketed. */
function shown(e: FieldExpression): string {
  switch (e.kind) {
    case 'static':
      return e.value.type === 'nil' ? 'nil' : e.value.type === 'string' ? JSON.stringify(e.value.value) : `${e.value.type}:${String(e.value.value)}`;
    case 'attribute':
      return `${e.scope ?? ''}.${e.key}`;
    case 'intrinsic':
      return e.name;
    case 'unary':
      return `${e.operator}(${shown(e.of)})`;
    case 'binary':
      return `(${shown(e.left)} ${e.operator} ${shown(e.right)})`;
    case 'jaeger-tag':
      return `tag ${e.key}=${e.value}`;
  }
}
const attr = (key: string, level?: string) => ({ attr: { key, level } });
const scalar = (value: string, type?: string) => ({ scalar: { value, type } });
const call = (op: string, ...args: object[]) => ({ call: { op, args } });
const read = (op: string, ...args: object[]): string => shown(readFilter(JSON.stringify({ op, args })));

test('comparisons are read as every type that a value may be meant as', () => {
  const cases: readonly (readonly [string, string])[] = [
    [read('eq', attr('a', 'span'), scalar('x', 'string')), '(span.a = "x")'],
    [read('eq', attr('a', 'span'), scalar('500')), '((span.a = "500") || (span.a = int:500))'],
    [read('eq', attr('a', 'span'), scalar('true')), '((span.a = "true") || (span.a = bool:true))'],
    [read('gt', attr('a', 'span'), scalar('500')), '(span.a > int:500)'],
    [read('gte', attr('a', 'span'), scalar('1.5', 'double')), '(span.a >= float:1.5)'],
    [read('lt', attr('a', 'scope'), scalar('m')), '(instrumentation.a < "m")'],
    [read('eq', attr('a'), scalar('x')), '((span.a = "x") || (resource.a = "x"))'],
    [read('ne', attr('a', 'event'), scalar('x')), '((event.a != "x") && (event.a != nil))'],
    [read('regex', attr('a', 'link'), scalar('b|c')), '(link.a =~ "[\\\\s\\\\S]*(?:b|c)[\\\\s\\\\S]*")'],
    [read('exists', attr('a', 'resource')), '(resource.a != nil)'],
    [read('in', attr('a', 'span'), { list: { values: ['x', 'y'], type: 'string' } }), '((span.a = "x") || (span.a = "y"))'],
    [read('not_in', attr('a', 'span'), { list: { values: ['1'], type: 'int' } }), '((span.a != int:1) && (span.a != nil))'],
    [read('gt', { field: { name: 'duration', level: 'span' } }, scalar('2s')), '(span:duration > duration:2000000000)'],
    [read('eq', { field: { name: 'status', level: 'span' } }, scalar('error')), '(span:status = status:error)'],
    [read('eq', { field: { name: 'kind', level: 'span' } }, scalar('server')), '(span:kind = kind:server)'],
    [read('eq', { field: { name: 'service', level: 'resource' } }, scalar('cart')), '(resource.service.name = "cart")'],
    [read('eq', attr('a', 'span'), attr('b', 'resource')), '(span.a = resource.b)'],
  ];
  for (const [text, expected] of cases) assert.equal(text, expected);
});

test('predicates are put together, turned round, and asked of some event', () => {
  const a = call('exists', attr('a', 'span'));
  const b = call('exists', attr('b', 'span'));
  assert.equal(read('and', a, b, a), '(((span.a != nil) && (span.b != nil)) && (span.a != nil))');
  assert.equal(read('not', call('or', a, b)), '!(((span.a != nil) || (span.b != nil)))');
  assert.equal(read('some', { nested: { level: 'event' } }, call('eq', { field: { name: 'name', level: 'event' } }, scalar('exception'))), '(event:name = "exception")');
});

test('what is malformed, or cannot be said, is refused with the reason', () => {
  const a = call('exists', attr('a', 'span'));
  const deep = Array.from({ length: 40 }).reduce<object>((inner) => call('not', inner), a) as { call: { op: string; args: object[] } };
  const cases: readonly (readonly [() => unknown, RegExp])[] = [
    [() => readFilter('{'), /JSON/],
    [() => readFilter('[]'), /object/],
    [() => readFilter('{"args":[]}'), /no "op"/],
    [() => read('between', attr('a'), scalar('1')), /unknown operator "between"/],
    [() => read('constructor', attr('a'), scalar('1')), /unknown operator/],
    [() => read('and', a), /two or more/],
    [() => read('not', a, a), /one predicate/],
    [() => read('eq', attr('a')), /two arguments/],
    [() => read('eq', attr('a', 'trace'), scalar('1')), /unknown level "trace"/],
    [() => read('eq', attr('a', 'span'), scalar('x', 'int')), /is not the "int" it declares/],
    [() => read('eq', attr('a', 'span'), scalar('x', 'blob')), /unknown type "blob"/],
    [() => read('gt', { field: { name: 'startTime', level: 'span' } }, scalar('2026-01-01T00:00:00Z')), /span.startTime cannot be searched/],
    [() => read('gt', { field: { name: 'duration', level: 'span' } }, scalar('banana')), /invalid duration "banana"/],
    [() => read('eq', { field: { name: 'status', level: 'span' } }, scalar('failed')), /one of unset, ok, error/],
    [() => read('in', attr('a'), { list: { values: [] } }), /empty/],
    [() => read('some', { nested: { level: 'event' } }, call('and', a, a)), /more than one comparison/],
    [() => read('some', { nested: { level: 'span' } }, a), /events or links/],
    [() => read(deep.call.op, ...deep.call.args), /deeper than 32/],
  ];
  for (const [act, message] of cases) assert.throws(act, { code: 'bad-request', message });
});
