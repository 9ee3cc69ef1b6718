import { request, Agent } from 'node:https';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/**
 * `fetch` for https servers whose certificate is signed by an authority of one's own (`ca`, PEM), as far as the Prometheus client
 * needs it: Node's own takes no certificates. Redirects are not followed; a body is a string.
 */
export function fetchWithCa(ca: string): typeof fetch {
  const agent = new Agent({ ca, keepAlive: true });
  return (input, init = {}) =>
    new Promise((resolve, reject) => {
      const url = input instanceof Request ? input.url : String(input);
      const { method = 'GET', signal } = init;
      const body = init.body === undefined || init.body === null ? undefined : String(init.body);
      const headers = { ...Object.fromEntries(new Headers(init.headers)), 'accept-encoding': 'gzip', ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) };
      const asked = request(url, { method, headers, agent, ...(signal == null ? {} : { signal }) }, (answer) => {
        const kept = new Headers();
        for (const [name, value] of Object.entries(answer.headers)) if (value !== undefined) kept.set(name, Array.isArray(value) ? value.join(', ') : value);
        const zipped = answer.headers['content-encoding'] === 'gzip';
        if (zipped) kept.delete('content-encoding');
        const status = answer.statusCode ?? 502;
        const stream = zipped ? answer.pipe(createGunzip()) : answer;
        if (zipped) answer.on('error', (error) => stream.destroy(error));
        const bare = status === 204 || status === 304;
        if (bare) answer.resume();
        resolve(new Response(bare ? null : (Readable.toWeb(stream) as unknown as BodyInit), { status, headers: kept }));
      });
      asked.on('error', reject);
      asked.end(body);
    });
}
