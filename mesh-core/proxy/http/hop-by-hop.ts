import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';

const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade']);
const NOTHING: readonly string[] = [];
const ASKS_FOR_TRAILERS = /(?:^|,)\s*trailers\s*(?:,|$)/i;

/**
 * Takes away the fields that belong to one connection, and those that `Connection` names; `te: trailers` stays, as gRPC needs
 * it and this proxy passes trailers on. They are left undefined: deleting would make the object slow for everybody after us.
 * Sources: RFC 9110 section 7.6.1; Envoy's ConnectionManagerUtility.
 */
export function removeHopByHop(headers: MutableHeaders): void {
  const named = namedByConnection(headers['connection']);
  const asks = asksForTrailers(headers);
  for (const name in headers) if (HOP_BY_HOP.has(name)) headers[name] = undefined;
  for (const name of named) if (headers[name] !== undefined) headers[name] = undefined;
  if (asks) headers['te'] = 'trailers';
}

/** A copy without the fields that belong to one connection, and without those of `dropped`. */
export function endToEndHeaders(headers: MutableHeaders, dropped: ReadonlySet<string>): MutableHeaders {
  const kept: MutableHeaders = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !HOP_BY_HOP.has(name) && !dropped.has(name)) kept[name] = value;
  }
  for (const name of namedByConnection(headers['connection'])) if (kept[name] !== undefined) kept[name] = undefined;
  if (asksForTrailers(headers)) kept['te'] = 'trailers';
  return kept;
}

function asksForTrailers(headers: MutableHeaders): boolean {
  return headers['te'] !== undefined && ASKS_FOR_TRAILERS.test(String(headers['te']));
}

function namedByConnection(connection: string | string[] | undefined): readonly string[] {
  if (typeof connection !== 'string' || connection === 'keep-alive' || connection === 'close') return NOTHING;
  return connection.split(',').map((name) => name.trim().toLowerCase());
}
