import { BytesResponse } from '#server/http/bytes-response.ts';

/** The body of an answer whichever way its bytes are in it. */
export async function bodyOf(response: Response): Promise<Buffer> {
  return response instanceof BytesResponse ? Buffer.concat(response.chunks) : Buffer.from(await response.arrayBuffer());
}
