import { isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { badRequest, unsupportedMediaType } from './api-error.ts';
import { decodeKubeProtobuf, KUBE_PROTOBUF } from './protobuf/decode-kube-protobuf.ts';

/** Deepest nesting taken: far above any real object, far below what recursive code could trip over. */
const MAX_DEPTH = 100;

/**
 * Decodes a JSON or YAML body by its media type (`application/json`, `application/yaml`, and `…+json` / `…+yaml` as listed by the
 * caller); no Content-Type counts as JSON, and JSON is also looked for in what is called YAML, being a subset of it.
 * Kubernetes' protobuf is taken wherever JSON is. @throws KubeError 415 for another media type, 400 when it does not parse (with the position where known) or nests too deep.
 */
export function decodeBody(body: Buffer, contentType: string | undefined, accepted: readonly string[]): unknown {
  const type = mediaType(contentType);
  if (type === KUBE_PROTOBUF && accepted.includes('application/json')) {
    const value = decodeKubeProtobuf(body);
    assertShallow(value);
    return value;
  }
  if (!accepted.includes(type)) throw unsupportedMediaType(accepted);
  const text = decodeText(body);
  if (text.trim() === '') throw badRequest('the request has no body');
  const value = type.endsWith('yaml') ? fromYaml(text) : fromJson(text);
  assertShallow(value);
  return value;
}

/** The media type of a header value, in lower case and without parameters; JSON when there is none. */
export function mediaType(contentType: string | undefined): string {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  return type === '' ? 'application/json' : type;
}

/** @throws KubeError 400 when a value nests deeper than any real object does. */
export function assertShallow(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw badRequest(`the request body nests deeper than ${MAX_DEPTH} levels`);
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? (Object.values(item) as unknown[]) : []));
  }
}

function decodeText(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw badRequest('the request body is not valid UTF-8');
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the request body is not valid JSON: ${messageOf(error)}`);
  }
}

function fromYaml(text: string): unknown {
  const lines = new LineCounter();
  // The parser's own search for repeated keys takes quadratic time, and this thread serves everybody.
  const document = parseDocument(text, { prettyErrors: true, strict: true, uniqueKeys: false, logLevel: 'error', lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined) throw badRequest(`the request body is not valid YAML: ${error.message}`);
  assertUniqueKeys(document, lines);
  try {
    // Through JSON once, so that what is stored is what a client reads back (no NaN, no shared aliases, no typed keys).
    const json: unknown = JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 }) ?? null));
    return json;
  } catch (cause) {
    throw badRequest(`the request body is not valid YAML: ${messageOf(cause)}`);
  }
}

/** @throws KubeError 400 at the first key that a mapping has twice. */
function assertUniqueKeys(document: Document.Parsed, lines: LineCounter): void {
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          const { line, col } = lines.linePos(key.range?.[0] ?? 0);
          throw badRequest(`the request body is not valid YAML: Map keys must be unique at line ${line}, column ${col}`);
        }
        seen.add(key.value);
      }
    },
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
