import { STATUS_CODES } from 'node:http';
import { statusLine } from './write-head.ts';

/** An answer that ends the connection, in Envoy's form: the reason phrase is the body unless another is given. */
export function refusal(status: number, body = STATUS_CODES[status] ?? ''): string {
  return `${statusLine(status)}content-length: ${body.length}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${body}`;
}
