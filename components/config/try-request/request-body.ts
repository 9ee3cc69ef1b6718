/** A request as it is typed. */
export interface TypedRequest {
  readonly who: string;
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: string;
  readonly claims: string;
}
/** What the server is asked. */
export interface TryBody {
  readonly from: string;
  readonly host: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly yaml?: string;
}
export type RequestProblems = Readonly<Partial<Record<keyof TypedRequest, string>>>;

/** The request to ask for, or what is missing of it by field. A field that is still empty (`who`, `host`) is no problem, but there is no body. */
export function readRequest(typed: TypedRequest): { readonly body?: TryBody; readonly problems: RequestProblems } {
  const { who, port, method, path } = typed;
  const headers = readHeaders(typed.headers);
  const claims = readClaims(typed.claims);
  const host = typed.host.trim();
  const problems: RequestProblems = {
    ...(/\s/.test(host) ? { host: 'A host has no spaces.' } : host.includes('/') ? { host: 'Only the host; the path has its own field.' } : {}),
    ...(Number.isInteger(port) && port >= 1 && port <= 65_535 ? {} : { port: '1 to 65535' }),
    ...(path.startsWith('/') ? {} : { path: 'A path begins with /.' }),
    ...(typeof headers === 'string' ? { headers } : {}),
    ...(typeof claims === 'string' ? { claims } : {}),
  };
  if (who === '' || host === '' || Object.keys(problems).length > 0 || typeof headers === 'string' || typeof claims === 'string') return { problems };
  return { problems, body: { from: who, host, port, method, path, headers, ...(claims === undefined ? {} : { claims }) } };
}

/** Lines of `name: value`; a text says what is wrong with them. */
function readHeaders(text: string): Readonly<Record<string, string>> | string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const bad = lines.find((line) => !/^\s*[\w!#$%&'*+.^`|~-]+\s*:/.test(line));
  if (bad !== undefined) return `“${bad.trim()}” is no header. Write name: value, one on each line.`;
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
}

function readClaims(text: string): Readonly<Record<string, unknown>> | string | undefined {
  if (text.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : 'Claims are a JSON object: {"iss": "https://…", "sub": "…"}.';
  } catch {
    return 'This is not JSON yet.';
  }
}
