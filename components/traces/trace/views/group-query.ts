import { conditionText } from '../details/span-links.ts';
import { quoteText } from '#server/traces/traceql/quoted.ts';

/** TraceQL for the spans of a line of the statistics; `undefined` when its group cannot be written so. */
export function groupQuery(groups: readonly { readonly by: string; readonly value: string | undefined }[]): string | undefined {
  const conditions = groups.map(({ by, value }) => {
    if (by === 'service') return conditionText({ kind: 'attribute', scope: 'resource', key: 'service.name' }, value);
    if (by === 'operation') return conditionText({ kind: 'intrinsic', name: 'span:name' }, value);
    if (by === 'kind' || by === 'status') return value === undefined ? undefined : `span:${by} = ${value}`;
    if (by === 'service and operation') return undefined;
    return value === undefined ? `${by} = nil` : `${by} = ${/^-?\d+(\.\d+)?$|^(true|false)$/.test(value) ? value : quoteText(value)}`;
  });
  return conditions.includes(undefined) ? undefined : `{ ${conditions.join(' && ')} }`;
}
