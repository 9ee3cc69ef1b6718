import type { HeaderModifier, HttpHeader } from '../resources/gateway-api.ts';
import type { HeaderOperations } from '../resources/networking.ts';
import type { ConfigError } from './conditions.ts';

/** Header changes; undefined = none are given. Values must be such as HTTP can carry. Source: istiod's createHeadersFilter. */
export function headerOperations(modifier: HeaderModifier | undefined): { readonly operations: HeaderOperations } | { readonly error: ConfigError } | undefined {
  if (modifier === undefined) return undefined;
  const { set = [], add = [], remove } = modifier;
  const bad = [...set, ...add].find(({ value }) => !isHeaderValue(value));
  if (bad !== undefined) return { error: { reason: 'InvalidFilter', message: `header ${JSON.stringify(bad.name)} value contains invalid characters` } };
  return { operations: { ...(add.length === 0 ? undefined : { add: headerMap(add) }), ...(remove === undefined || remove.length === 0 ? undefined : { remove }), ...(set.length === 0 ? undefined : { set: headerMap(set) }) } };
}

/** Of headers that differ in case only, the first counts. */
function headerMap(headers: readonly HttpHeader[]): Record<string, string> {
  return Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value] as const).reverse());
}

function isHeaderValue(value: string): boolean {
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if (code !== 0x09 && (code < 0x20 || code === 0x7f)) return false;
  }
  return true;
}
