import type { HeaderMutations, HeaderValueOption } from '../envoy/resources.ts';

/** Headers that may be changed: lower-case names, Node's shape. */
export type MutableHeaders = Record<string, string | string[] | undefined>;

/**
 * Applies each level's removals and then its additions, in the order given (Envoy goes from the most specific level to
 * the least: weighted cluster, route). `%%` in a value is a percent sign; Envoy's other command operators stay as text.
 * Changes `headers` in place. Source: envoy.config.core.v3.HeaderValueOption.
 */
export function applyHeaderMutations(headers: MutableHeaders, levels: readonly HeaderMutations[], side: 'request' | 'response'): void {
  for (const level of levels) {
    const removed = side === 'request' ? level.requestHeadersToRemove : level.responseHeadersToRemove;
    for (const name of removed ?? []) delete headers[name.toLowerCase()];
    const added = side === 'request' ? level.requestHeadersToAdd : level.responseHeadersToAdd;
    for (const option of added ?? []) addHeader(headers, option);
  }
}

function addHeader(headers: MutableHeaders, option: HeaderValueOption): void {
  const name = option.header.key.toLowerCase();
  const value = (option.header.value ?? '').replaceAll('%%', '%');
  const existing = headers[name];
  if (option.appendAction === 'ADD_IF_ABSENT' && existing !== undefined) return;
  if (option.appendAction === 'OVERWRITE_IF_EXISTS_OR_ADD' || option.appendAction === 'ADD_IF_ABSENT' || existing === undefined) {
    headers[name] = value;
    return;
  }
  headers[name] = name === 'set-cookie' ? [...[existing].flat(), value] : `${[existing].flat().join(',')},${value}`;
}
