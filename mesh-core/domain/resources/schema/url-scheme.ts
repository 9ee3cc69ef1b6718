const ABSOLUTE = /^([a-zA-Z][a-zA-Z0-9+.-]*):/;

/**
 * The scheme of a URL in lower case, '' for an absolute path without one, undefined for what is no URL. As Go's
 * url.ParseRequestURI, which Kubernetes' CEL `url()` and `isURL()` are: a URL with a scheme, or a path from the root.
 */
export function urlScheme(text: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- the rule is about control characters: Go refuses URLs that have any.
  if (text === '' || /[\u0000-\u001F\u007F]/.test(text) || /%(?![0-9a-fA-F]{2})/.test(withoutQuery(text))) return undefined;
  const scheme = ABSOLUTE.exec(text)?.[1];
  if (scheme === undefined) return text.startsWith('/') ? '' : undefined;
  const rest = text.slice(scheme.length + 1);
  if (rest.startsWith('//') && !validAuthority(rest.slice(2).split(/[/?]/, 1)[0] ?? '')) return undefined;
  return scheme.toLowerCase();
}

function withoutQuery(text: string): string {
  return text.split('?', 1)[0] ?? '';
}

/** Host and port of a URL, perhaps behind user information: brackets around IPv6, a port of digits. */
function validAuthority(authority: string): boolean {
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return /^(\[[^\]]*\]|[^\s<>"[\]\\^`{|}:]*)(:\d*)?$/.test(host);
}
