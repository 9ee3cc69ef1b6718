import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';

const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade'] as const;

/** Removes the fields that belong to one connection, and those that `Connection` names. Source: RFC 9110 section 7.6.1. */
export function removeHopByHop(headers: MutableHeaders): void {
  const connection = headers['connection'];
  if (typeof connection === 'string' && connection !== 'keep-alive' && connection !== 'close') {
    for (const name of connection.split(',')) delete headers[name.trim().toLowerCase()];
  }
  for (const name of HOP_BY_HOP) if (headers[name] !== undefined) delete headers[name];
}
