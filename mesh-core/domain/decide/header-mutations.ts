import type { HeaderMutations, HeaderValueOption } from '../envoy/resources.ts';

/** Headers that may be changed: lower-case names, Node's shape. */
export type MutableHeaders = Record<string, string | string[] | undefined>;

/**
 * Applies each level's removals and then its additions, in the order given (Envoy goes from the most specific level to
 * the least: weighted cluster, route). `valueOf` fills in a value's command operators; without it they stay as text, but for `%%`,
 * a percent sign. A value that comes out empty is not added. Changes `headers` in place. Source: envoy.config.core.v3.HeaderValueOption, Envoy's HeaderParser.
 */
export function applyHeaderMutations(headers: MutableHeaders, levels: readonly HeaderMutations[], side: 'request' | 'response', valueOf: (text: string) => string = withoutOperators): void {
  for (const level of levels) {
    const removed = side === 'request' ? level.requestHeadersToRemove : level.responseHeadersToRemove;
    for (const name of removed ?? []) delete headers[name.toLowerCase()];
    const added = side === 'request' ? level.requestHeadersToAdd : level.responseHeadersToAdd;
    for (const option of added ?? []) addHeader(headers, option, valueOf);
  }
}

function withoutOperators(text: string): string {
  return text.replaceAll('%%', '%');
}

function addHeader(headers: MutableHeaders, option: HeaderValueOption, valueOf: (text: string) => string): void {
  const name = option.header.key.toLowerCase();
  const value = valueOf(option.header.value ?? '');
  if (value === '' && option.header.value !== undefined && option.header.value !== '') return;
  const existing = headers[name];
  if (option.appendAction === 'ADD_IF_ABSENT' && existing !== undefined) return;
  if (option.appendAction === 'OVERWRITE_IF_EXISTS_OR_ADD' || option.appendAction === 'ADD_IF_ABSENT' || existing === undefined) {
    headers[name] = value;
    return;
  }
  headers[name] = name === 'set-cookie' ? [...[existing].flat(), value] : `${[existing].flat().join(',')},${value}`;
}
