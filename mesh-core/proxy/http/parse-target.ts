import { normalizePath } from '#mesh-core/domain/decide/normalize-path.ts';

/**
 * Takes a request target apart: origin form (its authority is `host`), absolute form (its authority wins over Host, RFC
 * 9112 section 3.2.2) or `*`. Undefined for anything else.
 */
export function parseTarget(target: string, host: string): { readonly path: string; readonly authority: string } | undefined {
  if (target.startsWith('/') || target === '*') return { path: normalizePath(target), authority: host };
  const match = /^https?:\/\/([^/?#]+)([^#]*)/i.exec(target);
  const authority = match?.[1];
  if (authority === undefined) return undefined;
  const rest = match?.[2] ?? '';
  return { path: normalizePath(rest.startsWith('/') ? rest : `/${rest}`), authority: authority.slice(authority.lastIndexOf('@') + 1) };
}
