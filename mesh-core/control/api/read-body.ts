import type { IncomingMessage } from 'node:http';
import { apiError, badRequest } from './api-error.ts';

/** Largest request body in bytes: Kubernetes' own default. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** A body over the limit is read and thrown away up to here, so that the sender hears the answer and keeps its connection. */
const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/**
 * Reads a request body of at most 3 MiB.
 * @throws KubeError 413 when it is larger (after draining it), 400 when the sender broke off.
 */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else chunks.length = 0;
      if (size > MAX_DRAINED_BYTES) break;
    }
  } catch {
    throw badRequest('the request body ended early');
  }
  if (size > MAX_BODY_BYTES) throw apiError(413, 'RequestEntityTooLarge', `the request body is larger than the limit of ${MAX_BODY_BYTES} bytes`);
  return Buffer.concat(chunks);
}
