/** Header values as Node's HTTP modules give them: lower-case names, several values as a list. */
export type HeaderMap = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What routing looks at. `path` is the request target with its query (`/cart?id=1`), already normalised. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** Host header or `:authority`. */
  readonly authority: string;
  /** Absent = `http`. */
  readonly scheme?: string;
  readonly headers: HeaderMap;
  /** What filters noted, by filter name (the claims of a token); absent = nothing. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A header's value, several values joined by commas, pseudo-headers included; undefined when it is not there. */
export function headerValue(request: RequestHead, name: string): string | undefined {
  if (name.startsWith(':')) return pseudoHeader(request, name);
  const value = request.headers[name] ?? request.headers[name.toLowerCase()];
  if (value === undefined) return name.toLowerCase() === 'host' ? request.authority : undefined;
  return typeof value === 'string' ? value : value.join(',');
}

/** The path without query and fragment. */
export function pathWithoutQuery(path: string): string {
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

/** The first value of a query parameter, percent-decoded; undefined when it is not there. */
export function queryParameter(path: string, name: string): string | undefined {
  const start = path.indexOf('?');
  if (start === -1) return undefined;
  return new URLSearchParams(path.slice(start + 1)).get(name) ?? undefined;
}

function pseudoHeader(request: RequestHead, name: string): string | undefined {
  switch (name) {
    case ':method':
      return request.method;
    case ':path':
      return request.path;
    case ':authority':
      return request.authority;
    case ':scheme':
      return request.scheme ?? 'http';
    default:
      return undefined;
  }
}
