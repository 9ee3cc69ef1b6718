import type { ServerResponse } from 'node:http';
import { stringify as toYaml } from 'yaml';
import type { KubeStatus } from '#mesh-core/wire/kubernetes/kube-client.ts';
import type { ApiAnswer } from './api-call.ts';
import type { AcceptedForm } from './negotiate.ts';
import { aggregatedDiscoveryType } from './discovery.ts';

/** Longest warning and longest sum of warnings in characters: clients and proxies bound their headers. */
const MAX_WARNING = 1000;
const MAX_WARNINGS = 4000;

/** Sends a finished answer as JSON or YAML, with its warnings as headers. Does nothing when an answer has begun already. */
export function sendAnswer(response: ServerResponse, answer: ApiAnswer, accept: AcceptedForm): void {
  if (response.headersSent) return;
  const yaml = accept.format === 'yaml';
  const text = yaml ? toYaml(answer.body, { aliasDuplicateObjects: false }) : `${JSON.stringify(answer.body)}\n`;
  const discovery = 'kind' in answer.body && answer.body.kind === 'APIGroupDiscoveryList' ? accept.discovery : undefined;
  const warnings = warningHeaders(answer.warnings ?? []);
  if (warnings.length > 0) response.setHeader('warning', warnings);
  if (answer.code === 401) response.setHeader('www-authenticate', 'Bearer');
  response.writeHead(answer.code, {
    'content-type': yaml ? 'application/yaml' : discovery !== undefined ? aggregatedDiscoveryType(discovery) : 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache, private',
  });
  response.end(text);
}

/** Sends bytes as they are. */
export function sendBytes(response: ServerResponse, bytes: Uint8Array, contentType: string): void {
  if (response.headersSent) return;
  response.writeHead(200, { 'content-type': contentType, 'content-length': bytes.byteLength, 'cache-control': 'no-cache, private' });
  response.end(bytes);
}

/** Sends a `Status`; `metadata` is always there because clients of Kubernetes read it. */
export function sendStatus(response: ServerResponse, status: KubeStatus, accept: AcceptedForm): void {
  sendAnswer(response, { code: status.code, body: { metadata: {}, ...status } }, accept);
}

/** `299 - "text"` per warning (RFC 7234, section 5.5), quoted, on one line, in ASCII. */
export function warningHeaders(warnings: readonly string[]): string[] {
  const headers: string[] = [];
  let length = 0;
  for (const warning of warnings) {
    const plain = warning.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_WARNING);
    length += plain.length;
    if (length > MAX_WARNINGS) break;
    headers.push(`299 - "${plain.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`);
  }
  return headers;
}
