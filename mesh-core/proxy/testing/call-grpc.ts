import { connect } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';

/** The answer to a gRPC call without messages, as it came over HTTP/2. */
export interface GrpcAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The status came with the head, and nothing after it. */
  readonly trailersOnly: boolean;
}

/** Makes a gRPC call without messages to a port of 127.0.0.1, over HTTP/2 with prior knowledge; rejects when the stream breaks. */
export function callGrpc(port: number, to: string, path: string, headers: Readonly<Record<string, string>> = {}): Promise<GrpcAnswer> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', reject);
    const stream = session.request({ ':method': 'POST', ':authority': to, ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers });
    let answer: IncomingHttpHeaders | undefined;
    let endsAtOnce = false;
    stream.on('response', (fields, flags) => {
      answer = fields;
      endsAtOnce = (flags & 1) !== 0;
    });
    stream.on('error', reject);
    stream.on('close', () => {
      session.close();
      if (answer === undefined) reject(new Error(`the stream was closed without an answer (code ${stream.rstCode})`));
      else resolve({ status: Number(answer[':status']), headers: answer, trailersOnly: endsAtOnce && answer['grpc-status'] !== undefined });
    });
    stream.resume();
    stream.end();
  });
}
