import type { JwtProvider, JwtRequirement } from '#mesh-core/domain/envoy/security-filters.ts';
import type { RequestLine } from '../http/exchange.ts';
import type { KeySet } from './jwt-keys.ts';
import { verifySignature } from './jwt-keys.ts';
import { tokenLocations } from './jwt-locations.ts';
import type { FoundToken, TokenLocations } from './jwt-locations.ts';
import type { JwtStatus } from './jwt-status.ts';
import { parseJwt, timeStatus } from './jwt-token.ts';
import type { Jwt } from './jwt-token.ts';

/** The keys of a provider; a function when they must be fetched first. */
export interface KeySource {
  /** What is there now; undefined = not fetched yet, or too long ago. */
  readonly current: () => KeySet | undefined;
  /** Fetches, then calls back with what is there; undefined = that failed. */
  readonly fetch: (done: (keys: KeySet | undefined) => void) => void;
  /** A token names a key that is not among these: they may be out of date. Fetches at most now and then. */
  readonly refresh: () => void;
}
/** What verifying one request collects. */
export interface Verification {
  readonly line: RequestLine;
  readonly nowSeconds: number;
  /** By the name under which a provider leaves them. */
  readonly payloads: Record<string, unknown>;
}
/** Calls back with the verdict, at once unless keys must be fetched. */
export type Verifier = (request: Verification, done: (status: JwtStatus) => void) => void;

const DEFAULT_SKEW_SECONDS = 60;

interface PreparedProvider {
  readonly config: JwtProvider;
  readonly locations: TokenLocations;
  readonly keys: KeySource;
  /** Tokens whose signature was good, with the keys it was good by. */
  readonly verified: Map<string, KeySet>;
}
export type PreparedProviders = ReadonlyMap<string, PreparedProvider>;

/** Prepares the providers of a filter once. */
export function prepareProviders(providers: Readonly<Record<string, JwtProvider>>, keysOf: (provider: JwtProvider) => KeySource): PreparedProviders {
  return new Map(Object.entries(providers).map(([name, config]) => [name, { config, locations: tokenLocations([config]), keys: keysOf(config), verified: new Map() }]));
}

/** Tokens come again with every request of a session; of what was verified the newest are kept. */
const MAX_VERIFIED = 1000;
const MAX_KEPT_LENGTH = 4096;

/** Is the token signed by one of the keys? Remembered as long as the keys are the same. */
function checkSignature({ verified }: PreparedProvider, token: string, jwt: Jwt, keys: KeySet): JwtStatus {
  if (verified.get(token) === keys) return 'ok';
  const status = verifySignature(jwt, keys);
  if (status !== 'ok' || token.length > MAX_KEPT_LENGTH) return status;
  if (verified.size >= MAX_VERIFIED) {
    const [oldest] = verified.keys();
    if (oldest !== undefined) verified.delete(oldest);
  }
  verified.set(token, keys);
  return status;
}

/**
 * Builds what a requirement asks of a request. A requirement that names an unknown provider refuses everything.
 * Source: Envoy's jwt_authn verifier and authenticator.
 */
export function createVerifier(requirement: JwtRequirement | undefined, providers: PreparedProviders): Verifier {
  return innerVerifier(requirement, providers, []);
}

function innerVerifier(requirement: JwtRequirement | undefined, providers: PreparedProviders, siblings: readonly PreparedProvider[]): Verifier {
  if (requirement?.providerName !== undefined) {
    const provider = providers.get(requirement.providerName);
    return provider === undefined ? (_, done) => done('unknownIssuer') : (request, done) => authenticate(request, provider.locations, () => provider, 'strict', done);
  }
  if (requirement?.requiresAny !== undefined) return anyVerifier(requirement.requiresAny.requirements, providers);
  if (requirement?.requiresAll !== undefined) return allVerifier(requirement.requiresAll.requirements, providers);
  if (requirement?.allowMissing !== undefined) return leniently('allow-missing', siblings);
  if (requirement?.allowMissingOrFailed !== undefined) return leniently('allow-failed', siblings);
  return (_, done) => done('ok');
}

/** The tokens of the providers beside this requirement must be good, but need not be there (or may even be bad). */
function leniently(mode: 'allow-missing' | 'allow-failed', siblings: readonly PreparedProvider[]): Verifier {
  const locations = tokenLocations(siblings.map(({ config }) => config));
  const byIssuer = (issuer: string): PreparedProvider | undefined => siblings.find(({ config }) => (config.issuer ?? '') === issuer) ?? siblings.find(({ config }) => (config.issuer ?? '') === '');
  return (request, done) => authenticate(request, locations, byIssuer, mode, done);
}

/** One is enough. That a token is not there, or is another provider's, tells less than what is wrong with one. */
function anyVerifier(requirements: readonly JwtRequirement[], providers: PreparedProviders): Verifier {
  const isBypass = (requirement: JwtRequirement): boolean => requirement.allowMissing !== undefined || requirement.allowMissingOrFailed !== undefined;
  const named = requirements.flatMap(({ providerName }) => (providerName === undefined ? [] : (providers.get(providerName) ?? [])));
  const bypass = requirements.find(({ allowMissingOrFailed }) => allowMissingOrFailed !== undefined) ?? requirements.find(({ allowMissing }) => allowMissing !== undefined);
  const verifiers = [...requirements.filter((requirement) => !isBypass(requirement)).map((requirement) => innerVerifier(requirement, providers, [])), ...(bypass === undefined ? [] : [innerVerifier(bypass, providers, named)])];
  return (request, done) => {
    let worst: JwtStatus = 'missed';
    const next = (index: number): void => {
      const verifier = verifiers[index];
      if (verifier === undefined) {
        done(worst);
        return;
      }
      verifier(request, (status) => {
        if (status === 'ok') {
          done('ok');
          return;
        }
        if (status !== 'missed' && (status !== 'unknownIssuer' || worst === 'missed')) worst = status;
        next(index + 1);
      });
    };
    next(0);
  };
}

function allVerifier(requirements: readonly JwtRequirement[], providers: PreparedProviders): Verifier {
  const verifiers = requirements.map((requirement) => innerVerifier(requirement, providers, []));
  return (request, done) => {
    const next = (index: number): void => {
      const verifier = verifiers[index];
      if (verifier === undefined) done('ok');
      else verifier(request, (status) => (status === 'ok' ? next(index + 1) : done(status)));
    };
    next(0);
  };
}

type Mode = 'strict' | 'allow-missing' | 'allow-failed';

/** Every token that is found must be good: the app might look at any of them. */
function authenticate(request: Verification, locations: TokenLocations, providerOf: (issuer: string) => PreparedProvider | undefined, mode: Mode, done: (status: JwtStatus) => void): void {
  const tokens = locations.find(request.line);
  const finish = (status: JwtStatus): void => done(mode === 'allow-failed' || (mode === 'allow-missing' && status === 'missed') ? 'ok' : status);
  const next = (index: number): void => {
    const found = tokens[index];
    if (found === undefined) finish(tokens.length === 0 ? 'missed' : 'ok');
    else verifyToken(request, found, providerOf, (status) => (status === 'ok' ? next(index + 1) : finish(status)));
  };
  next(0);
}

function verifyToken(request: Verification, found: FoundToken, providerOf: (issuer: string) => PreparedProvider | undefined, done: (status: JwtStatus) => void): void {
  const jwt = parseJwt(found.token);
  if (typeof jwt === 'string') {
    done(jwt);
    return;
  }
  const provider = found.allows(jwt.issuer) ? providerOf(jwt.issuer) : undefined;
  if (provider === undefined) {
    done('unknownIssuer');
    return;
  }
  const { config, keys } = provider;
  const time = timeStatus(jwt, request.nowSeconds, config.clockSkewSeconds ?? DEFAULT_SKEW_SECONDS);
  if (time !== 'ok' || !isMeantFor(jwt, config.audiences)) {
    done(time === 'ok' ? 'audienceNotAllowed' : time);
    return;
  }
  const check = (set: KeySet | undefined): void => {
    const status = set === undefined ? 'fetchFail' : checkSignature(provider, found.token, jwt, set);
    if (status === 'ok') accept(request, jwt, found, config);
    if (status === 'kidAlgMismatch') keys.refresh();
    done(status);
  };
  const known = keys.current();
  if (known === undefined) keys.fetch(check);
  else check(known);
}

/** Without audiences any will do. A trailing slash and the scheme do not count. Source: Envoy's CheckAudience. */
function isMeantFor({ audiences }: Jwt, allowed: readonly string[] | undefined): boolean {
  if (allowed === undefined || allowed.length === 0) return true;
  const wanted = new Set(allowed.map(plainAudience));
  return audiences.some((audience) => wanted.has(plainAudience(audience)));
}

function plainAudience(audience: string): string {
  const text = audience.replace(/^https?:\/\//, '');
  return text.endsWith('/') ? text.slice(0, -1) : text;
}

/** The token is good: its claims go where the provider says, and it leaves the request unless it is to be forwarded. */
function accept({ line, payloads }: Verification, jwt: Jwt, found: FoundToken, config: JwtProvider): void {
  if (config.payloadInMetadata !== undefined && config.payloadInMetadata !== '') payloads[config.payloadInMetadata] = normalised(jwt.payload, config.normalizePayloadInMetadata?.spaceDelimitedClaims ?? []);
  for (const { headerName, claimName } of config.claimToHeaders ?? []) {
    const text = claimText(claimOf(jwt.payload, claimName));
    if (text !== '') line.headers[headerName.toLowerCase()] = text;
  }
  if (config.forwardPayloadHeader !== undefined && config.forwardPayloadHeader !== '') line.headers[config.forwardPayloadHeader.toLowerCase()] = jwt.encodedPayload;
  if (config.forward !== true) found.remove(line);
}

/** Claims such as `scope` become lists of their words. */
function normalised(payload: Readonly<Record<string, unknown>>, spaceDelimited: readonly string[]): Readonly<Record<string, unknown>> {
  const split = spaceDelimited.flatMap((claim) => {
    const value = payload[claim];
    return typeof value === 'string' ? [[claim, value.split(' ').filter((word) => word !== '')] as const] : [];
  });
  return split.length === 0 ? payload : { ...payload, ...Object.fromEntries(split) };
}

/** `a.b` is the claim `b` within `a`, unless there is a claim of that very name. */
function claimOf(payload: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const key of path.split('.')) value = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
  return value;
}

/** Text as it is, numbers and truth values in words, lists and objects as base64 of their JSON. */
function claimText(value: unknown): string {
  if (typeof value === 'string') return /[\r\n\0]/.test(value) ? '' : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' && value !== null ? Buffer.from(JSON.stringify(value)).toString('base64') : '';
}
