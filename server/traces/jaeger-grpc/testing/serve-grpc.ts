import type { TestContext } from 'node:test';
import { Client, credentials, Metadata, type ClientReadableStream } from '@grpc/grpc-js';
import { systemClock, type Clock } from '#mesh-core/runtime/clock.ts';
import { silentLogger, type Logger } from '#mesh-core/runtime/logger.ts';
import { SessionStore } from '#server/auth/session-store.ts';
import type { JaegerApiTraces } from '../../jaeger-api/jaeger-backend.ts';
import { workInPlace, type TraceWork } from '../../work/trace-work.ts';
import { startJaegerGrpc } from '../start-jaeger-grpc.ts';

/** How a call ended: code 0 with what was sent, or another with what was said. */
export interface Ended {
  readonly code: number;
  readonly details: string;
  readonly messages: readonly Buffer[];
}

/** Serves Jaeger's gRPC API on a free port until the test ends, with a client that may read. */
export async function serveGrpc(t: TestContext, traces: JaegerApiTraces, { clock = systemClock, log = silentLogger, work = workInPlace }: { readonly clock?: Clock; readonly log?: Logger; readonly work?: TraceWork } = {}) {
  const sessions = new SessionStore({ sessions: [], tokens: [] }, () => 0, () => {});
  const token = sessions.createToken('test', 'view').secret;
  const server = await startJaegerGrpc({ host: '127.0.0.1', port: 0, traces, work, sessions, clock, log });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  t.after(async () => {
    client.close();
    await server.close();
  });
  const stream = (path: string, request: Uint8Array, authorization: string | undefined = `Bearer ${token}`): ClientReadableStream<Buffer> => {
    const metadata = new Metadata();
    if (authorization !== '') metadata.set('authorization', authorization);
    return client.makeServerStreamRequest(path, asBuffer, (bytes) => bytes, request, metadata, { deadline: Date.now() + 30_000 });
  };
  const call = (path: string, request: Uint8Array, authorization?: string): Promise<Ended> =>
    new Promise((resolve) => {
      const messages: Buffer[] = [];
      const calling = stream(path, request, authorization);
      calling.on('data', (message: Buffer) => messages.push(message));
      // Its status says the same.
      calling.on('error', () => {});
      calling.on('status', ({ code, details }) => resolve({ code, details, messages }));
    });
  return { port: server.port, token, stream, call };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
