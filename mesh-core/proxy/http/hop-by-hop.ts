import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade'] as const;

/**
 * Removes the fields that belong to one connection, and those that `Connection` names; `te: trailers` stays, as gRPC needs
 * it and this proxy passes trailers on. Sources: RFC 9110 section 7.6.1; Envoy's ConnectionManagerUtility.
 */
export function removeHopByHop(headers: MutableHeaders): void {
  const wantsTrailers = headers['te'] !== undefined && /(?:^|,)\s*trailers\s*(?:,|$)/i.test(String(headers['te']));
  const connection = headers['connection'];
  if (typeof connection === 'string' && connection !== 'keep-alive' && connection !== 'close') {
    for (const name of connection.split(',')) delete headers[name.trim().toLowerCase()];
  }
  for (const name of HOP_BY_HOP) if (headers[name] !== undefined) delete headers[name];
  if (wantsTrailers) headers['te'] = 'trailers';
}
