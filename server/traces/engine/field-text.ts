import type { Attribute, Intrinsic } from '#server/traces/traceql/ast.ts';

/** How a field is written in TraceQL, which is what answers name it by: `span.http.route`, `.a`, `parent.span."a b"`, `span:kind`. */
export function fieldText(field: Attribute | Intrinsic): string {
  if (field.kind === 'intrinsic') return (field.parent === true ? 'parent:' : '') + field.name;
  const scope = `${field.parent === true ? 'parent.' : ''}${field.scope ?? ''}`;
  const key = /^[^\s"{}()=~!<>&|^,`'\\]+$/.test(field.key) ? field.key : JSON.stringify(field.key);
  return `${scope.endsWith('.') ? scope : `${scope}.`}${key}`;
}
