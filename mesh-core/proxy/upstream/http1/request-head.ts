import type { FieldWriter } from '../../http/http1/write-head.ts';
import { isToken } from '../../http/http1/characters.ts';
import type { UpstreamRequest } from '../connection-pool.ts';

/** Methods whose requests usually have a body: one without says so. Source: RFC 9110 section 8.6. */
const USUALLY_WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);
const NOT_IN_PATH = /[^\x21-\x7e]/;

/** The head of a request as HTTP/1.1 has it, with its empty line; undefined when it cannot be written. */
export function requestHead(request: UpstreamRequest, writer: FieldWriter): { readonly text: string; readonly chunked: boolean } | undefined {
  const { method, path, headers, body, upgrade } = request;
  const fields = writer.write(headers);
  if (fields === undefined || !isToken(method) || path === '' || NOT_IN_PATH.test(path)) return undefined;
  let framing = '';
  let chunked = false;
  if (headers['content-length'] === undefined) {
    if (body === 'streamed') {
      chunked = true;
      framing = 'transfer-encoding: chunked\r\n';
    } else if (body !== undefined) framing = `content-length: ${body.length}\r\n`;
    else if (USUALLY_WITH_BODY.has(method)) framing = 'content-length: 0\r\n';
  }
  if (upgrade !== undefined) framing += `connection: upgrade\r\nupgrade: ${upgrade}\r\n`;
  return { text: `${method} ${path} HTTP/1.1\r\n${fields}${framing}\r\n`, chunked };
}
