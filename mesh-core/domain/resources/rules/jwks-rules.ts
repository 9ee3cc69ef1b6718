/**
 * JSON Web Key Sets as far as Istio's validation reads them (RFC 7517 and 7518): each key has a known type and the
 * members that its type needs.
 */
type Key = Readonly<Record<string, unknown>>;

/** What is wrong with a key set (or a single key), or undefined. */
export function jwksProblem(text: string): string | undefined {
  const keys = keysOf(text);
  if (keys === undefined) return 'not a JSON object with keys';
  for (const [index, key] of keys.entries()) {
    const problem = keyProblem(key);
    if (problem !== undefined) return `key ${index}: ${problem}`;
  }
  return undefined;
}

/** Places of the keys that could also sign: with a private part, or shared secrets. Empty for what is no key set. */
export function privateKeyIndexes(text: string): number[] {
  return (keysOf(text) ?? []).flatMap((key, index) => (key['kty'] === 'oct' || key['d'] !== undefined ? [index] : []));
}

function keysOf(text: string): readonly Key[] | undefined {
  const value = parseJson(text);
  if (!isKey(value)) return undefined;
  const { keys } = value;
  if (keys === undefined) return value['kty'] === undefined ? undefined : [value];
  return Array.isArray(keys) && keys.every(isKey) ? keys : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is no key set: the caller says so.
    return undefined;
  }
}

function isKey(value: unknown): value is Key {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Key type → the members of its public part. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = { RSA: ['n', 'e'], EC: ['crv', 'x', 'y'], OKP: ['crv', 'x'], oct: ['k'] };

function keyProblem(key: Key): string | undefined {
  const type = key['kty'];
  const members = typeof type === 'string' && Object.hasOwn(MEMBERS, type) ? MEMBERS[type] : undefined;
  if (members === undefined) return `unknown key type ${JSON.stringify(type ?? '')}`;
  const missing = members.find((member) => typeof key[member] !== 'string' || key[member] === '');
  if (missing !== undefined) return `${String(type)} key without ${missing}`;
  const odd = members.find((member) => member !== 'crv' && !/^[A-Za-z0-9_-]+={0,2}$/.test(String(key[member])));
  return odd === undefined ? undefined : `${odd} is not base64url`;
}
