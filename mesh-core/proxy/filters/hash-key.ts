import type { HashPolicy } from '#mesh-core/domain/envoy/resources.ts';
import { headerValue, queryParameter } from '#mesh-core/domain/decide/request-head.ts';
import type { Exchange } from '../http/exchange.ts';

/** A cookie that must be set so that the client comes back to the same endpoint. */
export interface AffinityCookie {
  readonly name: string;
  readonly value: string;
  readonly header: string;
}

/**
 * The text a consistent-hash balancer hashes: the parts of all policies that the request has; undefined for none. A cookie
 * policy with a lifetime invents the cookie when it is missing. Source: envoy RouteAction.HashPolicy.
 */
export function hashKeyOf(policies: readonly HashPolicy[] | undefined, exchange: Exchange, newCookieValue: () => string): { readonly key: string | undefined; readonly cookie: AffinityCookie | undefined } {
  const parts: string[] = [];
  let made: AffinityCookie | undefined;
  for (const policy of policies ?? []) {
    if (policy.header !== undefined) push(parts, headerValue(exchange.line, policy.header.headerName));
    if (policy.queryParameter !== undefined) push(parts, queryParameter(exchange.line.path, policy.queryParameter.name));
    if (policy.connectionProperties?.sourceIp === true) push(parts, exchange.downstream.remoteAddress);
    if (policy.cookie === undefined) continue;
    const { name, ttl, path } = policy.cookie;
    const existing = cookieValue(exchange.line.headers['cookie'], name);
    if (existing === undefined && ttl !== undefined) {
      const value = newCookieValue();
      const maxAge = Number.parseInt(ttl, 10);
      made = { name, value, header: `${name}="${value}"${maxAge > 0 ? `; Max-Age=${maxAge}` : ''}${path ? `; Path=${path}` : ''}; HttpOnly` };
      parts.push(value);
    } else push(parts, existing);
  }
  return { key: parts.length === 0 ? undefined : parts.join('|'), cookie: made };
}

function cookieValue(header: string | string[] | undefined, name: string): string | undefined {
  for (const pair of [header ?? []].flat().join('; ').split(';')) {
    const [key, ...rest] = pair.split('=');
    if (key?.trim() === name) return rest.join('=').trim().replace(/^"|"$/g, '');
  }
  return undefined;
}

function push(parts: string[], value: string | undefined): void {
  if (value !== undefined && value !== '') parts.push(value);
}
