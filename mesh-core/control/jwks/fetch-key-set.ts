import type { JwtRule } from '#mesh-core/domain/resources/security.ts';

const MAX_BYTES = 1024 * 1024;
const DISCOVERY_PATH = '/.well-known/openid-configuration';

/**
 * Fetches the key set of a rule: from its `jwksUri`, or from where the issuer's discovery document says. At most one mebibyte.
 * Rejects with a sentence when it does not come, or is no key set. Source: istiod's JwksResolver; OpenID Connect Discovery, section 4.
 */
export async function fetchKeySet({ jwksUri = '', issuer = '' }: JwtRule, timeoutMs: number): Promise<string> {
  const signal = AbortSignal.timeout(timeoutMs);
  const uri = jwksUri === '' ? await discover(issuer, signal) : jwksUri;
  const text = await fetchText(uri, signal);
  if (!isKeySet(text)) throw new Error(`${uri} did not answer with a JSON Web Key Set`);
  return text;
}

async function discover(issuer: string, signal: AbortSignal): Promise<string> {
  const uri = issuer.replace(/\/$/, '') + DISCOVERY_PATH;
  const document: unknown = parsed(await fetchText(uri, signal));
  const found = typeof document === 'object' && document !== null && 'jwks_uri' in document ? document.jwks_uri : undefined;
  if (typeof found !== 'string') throw new Error(`the discovery document ${uri} names no jwks_uri`);
  return found;
}

async function fetchText(uri: string, signal: AbortSignal): Promise<string> {
  const url = URL.parse(uri);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new Error(`${uri} is not an http or https URL`);
  const response = await fetch(url, { signal, headers: { accept: 'application/json' } }).catch((cause: unknown) => {
    throw new Error(`${uri} did not answer (${reasonOf(cause)})`, { cause });
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`${uri} answered ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`the answer of ${uri} is longer than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error ? cause.cause.message : cause.message;
}

function isKeySet(text: string): boolean {
  const value: unknown = parsed(text);
  return typeof value === 'object' && value !== null && 'keys' in value && Array.isArray(value.keys);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
