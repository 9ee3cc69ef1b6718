/**
 * Normalises a request target as Istio's default (`pathNormalization: BASE`) does: backslashes become slashes,
 * percent-encoded unreserved characters are decoded and dot segments are resolved (RFC 3986, sections 6.2.2.2 and
 * 5.2.4). Double slashes and encoded slashes stay. The query is left alone. Targets that are not paths come back as is.
 */
export function normalizePath(target: string): string {
  const end = target.search(/[?#]/);
  const path = end === -1 ? target : target.slice(0, end);
  if (!path.startsWith('/') || !/[\\%]|\/\./.test(path)) return target;
  const decoded = path.replaceAll('\\', '/').replaceAll(/%([0-9a-fA-F]{2})/g, decodeUnreserved);
  return removeDotSegments(decoded) + (end === -1 ? '' : target.slice(end));
}

/**
 * What stricter settings do to a path that `normalizePath` gave: `unescapes` takes `%2F` for a slash and `%5C` for a backslash (and
 * then resolves what that opens up), `merges` makes one slash of several. Source: Envoy's PathNormalizer; Istio's
 * DECODE_AND_MERGE_SLASHES and MERGE_SLASHES.
 */
export function normalizeSlashes(target: string, { unescapes, merges }: { readonly unescapes: boolean; readonly merges: boolean }): string {
  const end = target.search(/[?#]/);
  const path = end === -1 ? target : target.slice(0, end);
  if (!path.startsWith('/')) return target;
  const unescaped = unescapes && path.includes('%') ? normalizePath(path.replaceAll(/%2f/gi, '/').replaceAll(/%5c/gi, '\\')) : path;
  return (merges ? unescaped.replaceAll(/\/{2,}/g, '/') : unescaped) + (end === -1 ? '' : target.slice(end));
}

function decodeUnreserved(encoded: string, hex: string): string {
  const character = String.fromCodePoint(Number.parseInt(hex, 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : encoded;
}

function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment === '.' || segment === '..') {
      if (isLast) kept.push('');
    } else kept.push(segment);
  }
  return `/${kept.join('/')}`;
}
