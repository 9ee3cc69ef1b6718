import type { JwtProvider } from '#mesh-core/domain/envoy/security-filters.ts';
import type { RequestLine } from '../http/exchange.ts';

/** A token found in a request, and whose it may be. */
export interface FoundToken {
  readonly token: string;
  /** May a token of this issuer stand here? */
  readonly allows: (issuer: string) => boolean;
  /** Takes it out of the request. */
  readonly remove: (line: RequestLine) => void;
}
/** Where the tokens of some providers stand. */
export interface TokenLocations {
  readonly find: (line: RequestLine) => readonly FoundToken[];
  /** Takes away headers that only this filter may set. */
  readonly sanitize: (line: RequestLine) => void;
}

interface Place {
  readonly key: string;
  readonly name: string;
  readonly prefix: string;
  readonly issuers: Set<string>;
}
const NONE: readonly FoundToken[] = [];
const NOT_A_TOKEN = /[^A-Za-z0-9\-_.]/;
const TOKEN_START = /[A-Za-z0-9\-_.]/;

/**
 * Where the providers say that tokens are: headers (with a prefix somewhere in the value), query parameters, cookies; without a
 * word of theirs `Authorization: Bearer …` and the parameter `access_token`. Source: Envoy's jwt_authn Extractor.
 */
export function tokenLocations(providers: readonly JwtProvider[]): TokenLocations {
  const headers = new Map<string, Place>();
  const params = new Map<string, Place>();
  const cookies = new Map<string, Place>();
  const ownHeaders: string[] = [];
  for (const provider of providers) {
    const add = (places: Map<string, Place>, name: string, prefix: string): void => {
      const key = name + prefix;
      const place = places.get(key) ?? { key, name, prefix, issuers: new Set<string>() };
      place.issuers.add(provider.issuer ?? '');
      places.set(key, place);
    };
    for (const { name, valuePrefix = '' } of provider.fromHeaders ?? []) add(headers, name.toLowerCase(), valuePrefix);
    for (const name of provider.fromParams ?? []) add(params, name, '');
    for (const name of provider.fromCookies ?? []) add(cookies, name, '');
    if ((provider.fromHeaders?.length ?? 0) + (provider.fromParams?.length ?? 0) + (provider.fromCookies?.length ?? 0) === 0) {
      add(headers, 'authorization', 'Bearer ');
      add(params, 'access_token', '');
    }
    if (provider.forwardPayloadHeader !== undefined && provider.forwardPayloadHeader !== '') ownHeaders.push(provider.forwardPayloadHeader.toLowerCase());
    ownHeaders.push(...(provider.claimToHeaders ?? []).map(({ headerName }) => headerName.toLowerCase()));
  }
  const [headerPlaces, paramPlaces, cookiePlaces] = [headers, params, cookies].map((places) => [...places.values()].sort((a, b) => (a.key < b.key ? -1 : 1)));
  return {
    find: (line) => {
      let found: FoundToken[] | undefined;
      for (const place of headerPlaces ?? []) {
        for (const value of valuesOf(line.headers[place.name], place.prefix)) {
          const token = inHeader(value, place.prefix);
          if (token !== undefined) (found ??= []).push(foundAt(place, token, ({ headers: fields }) => delete fields[place.name]));
        }
      }
      if (paramPlaces !== undefined && paramPlaces.length > 0 && line.path.includes('?')) {
        const query = new URLSearchParams(line.path.slice(line.path.indexOf('?') + 1));
        for (const place of paramPlaces) {
          const token = query.get(place.name);
          if (token !== null) (found ??= []).push(foundAt(place, token, (request) => removeParameter(request, place.name)));
        }
      }
      if (cookiePlaces !== undefined && cookiePlaces.length > 0) {
        for (const place of cookiePlaces) {
          const token = cookieOf(line.headers['cookie'], place.name);
          // As Envoy, which leaves cookies as they are.
          if (token !== undefined) (found ??= []).push(foundAt(place, token, () => {}));
        }
      }
      return found ?? NONE;
    },
    sanitize: ({ headers: fields }) => {
      for (const name of ownHeaders) delete fields[name];
    },
  };
}

/** Repeated fields come joined by commas, which no token has: each may hold one, and none may hide behind another. */
function valuesOf(header: string | string[] | undefined, prefix: string): readonly string[] {
  if (header === undefined) return [];
  const values = typeof header === 'string' ? [header] : header;
  return prefix === '' || !values.some((value) => value.includes(',')) ? values : values.flatMap((value) => value.split(','));
}

function foundAt({ issuers }: Place, token: string, remove: (line: RequestLine) => void): FoundToken {
  // A provider without issuer takes tokens of any.
  return { token, allows: (issuer) => issuers.has('') || issuers.has(issuer), remove };
}

/** What follows the prefix, wherever that stands, without characters that no token has; undefined when the prefix is not there. */
function inHeader(value: string, prefix: string): string | undefined {
  if (prefix === '') return value;
  const at = value.indexOf(prefix);
  if (at === -1) return undefined;
  const rest = value.slice(at + prefix.length);
  const start = rest.search(TOKEN_START);
  if (start === -1) return value;
  const token = rest.slice(start);
  const end = token.search(NOT_A_TOKEN);
  return end === -1 ? token : token.slice(0, end);
}

function removeParameter(line: RequestLine, name: string): void {
  const at = line.path.indexOf('?');
  const query = new URLSearchParams(line.path.slice(at + 1));
  query.delete(name);
  const text = query.toString();
  line.path = text === '' ? line.path.slice(0, at) : `${line.path.slice(0, at)}?${text}`;
}

function cookieOf(header: string | string[] | undefined, name: string): string | undefined {
  for (const cookie of [header ?? []].flat().join(';').split(';')) {
    const equals = cookie.indexOf('=');
    if (equals !== -1 && cookie.slice(0, equals).trim() === name) return cookie.slice(equals + 1).trim().replace(/^"(.*)"$/, '$1');
  }
  return undefined;
}
