import type { HeaderMutations, HeaderValueOption } from '../envoy/resources.ts';
import type { Headers } from '../resources/networking.ts';
import { compareText } from './config-order.ts';

export interface TranslatedHeaders {
  readonly mutations: HeaderMutations;
  /** Setting `Host` or `:authority` rewrites the host instead of a header. */
  readonly authority?: string;
}

/** A VirtualService's header operations: set overwrites, add appends. Source: istiod's TranslateHeadersOperations. */
export function translateHeaders(headers: Headers | undefined): TranslatedHeaders {
  const { request, response } = headers ?? {};
  const requestHeadersToAdd = [...options(request?.set, 'OVERWRITE_IF_EXISTS_OR_ADD'), ...options(request?.add, 'APPEND_IF_EXISTS_OR_ADD')];
  const responseHeadersToAdd = [...options(response?.set, 'OVERWRITE_IF_EXISTS_OR_ADD'), ...options(response?.add, 'APPEND_IF_EXISTS_OR_ADD')];
  const requestHeadersToRemove = (request?.remove ?? []).filter((name) => !isInternal(name));
  const responseHeadersToRemove = (response?.remove ?? []).filter((name) => !isInternal(name));
  const authority = authorityOf(request?.set) ?? authorityOf(request?.add);
  const mutations: HeaderMutations = {
    ...(requestHeadersToAdd.length === 0 ? undefined : { requestHeadersToAdd }),
    ...(requestHeadersToRemove.length === 0 ? undefined : { requestHeadersToRemove }),
    ...(responseHeadersToAdd.length === 0 ? undefined : { responseHeadersToAdd }),
    ...(responseHeadersToRemove.length === 0 ? undefined : { responseHeadersToRemove }),
  };
  return authority === undefined ? { mutations } : { mutations, authority };
}

/** Two levels that apply to the same route: the second one's operations come after the first one's. */
export function concatMutations(first: HeaderMutations, second: HeaderMutations): HeaderMutations {
  const merged = {
    requestHeadersToAdd: [...(first.requestHeadersToAdd ?? []), ...(second.requestHeadersToAdd ?? [])],
    requestHeadersToRemove: [...(first.requestHeadersToRemove ?? []), ...(second.requestHeadersToRemove ?? [])],
    responseHeadersToAdd: [...(first.responseHeadersToAdd ?? []), ...(second.responseHeadersToAdd ?? [])],
    responseHeadersToRemove: [...(first.responseHeadersToRemove ?? []), ...(second.responseHeadersToRemove ?? [])],
  };
  return Object.fromEntries(Object.entries(merged).filter(([, list]) => list.length > 0));
}

function options(headers: Readonly<Record<string, string>> | undefined, appendAction: NonNullable<HeaderValueOption['appendAction']>): HeaderValueOption[] {
  return Object.entries(headers ?? {})
    .filter(([key]) => !isInternal(key))
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, value]) => ({ header: { key, value }, appendAction }));
}

function authorityOf(headers: Readonly<Record<string, string>> | undefined): string | undefined {
  return Object.entries(headers ?? {}).findLast(([key]) => /^(:authority|host)$/i.test(key))?.[1];
}

/** Names that the proxy itself owns. */
function isInternal(name: string): boolean {
  return name.startsWith(':') || name.toLowerCase() === 'host';
}
