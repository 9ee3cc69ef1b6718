import type { ProxyResponse } from '../exchange.ts';
import { discardBody, isWhole } from '../message.ts';
import type { Body } from '../message.ts';
import { connectionHas } from './framing.ts';

/** How an answer goes out. */
export interface FramedAnswer {
  /** Undefined = none may be sent. */
  readonly body: Body | undefined;
  readonly chunked: boolean;
  /** Can the connection be used again afterwards? */
  readonly keepAlive: boolean;
}

/**
 * Gives the headers of an answer the fields that frame its body for this client, and says how to send it: without a body for
 * HEAD, 204 and 304; with its length when that is known; in chunks; or, for HTTP/1.0, until the end of the connection.
 * Source: RFC 9112 sections 6 and 9.
 */
export function frameAnswer(response: ProxyResponse, client: { readonly method: string; readonly minorVersion: 0 | 1; readonly mayStay: boolean }): FramedAnswer {
  const { headers, status, body } = response;
  const asksToClose = headers['connection'] !== undefined && connectionHas(headers['connection'], 'close');
  let keepAlive = client.mayStay && !asksToClose;
  let chunked = false;
  let sent: Body | undefined = body;
  if (headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = undefined;
  if (status === 204) headers['content-length'] = undefined;
  if (client.method === 'HEAD' || status === 204 || status === 304) {
    discardBody(body);
    sent = undefined;
  } else if (isWhole(body)) headers['content-length'] = String(typeof body === 'string' ? Buffer.byteLength(body) : body.length);
  else if (headers['content-length'] === undefined) {
    if (client.minorVersion === 1) {
      chunked = true;
      headers['transfer-encoding'] = 'chunked';
    } else keepAlive = false;
  }
  if (!keepAlive) headers['connection'] = 'close';
  else if (client.minorVersion === 0) headers['connection'] = 'keep-alive';
  else if (headers['connection'] !== undefined) headers['connection'] = undefined;
  return { body: sent, chunked, keepAlive };
}
