import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { startZipkinReceiver } from '#server/traces/zipkin/zipkin-receiver.ts';
import { originsLike } from './cross-origin.ts';
import { startOtlpGrpc } from './grpc/otlp-grpc.ts';
import type { Receiver } from './http-listener.ts';
import type { IngestStatus } from './ingest-status.ts';
import type { Intake } from './intake.ts';
import { startOtlpHttp } from './otlp-http.ts';

/** Where spans are received. A port of 0 is any free one; undefined: not at all. */
export interface ReceiverPorts {
  readonly otlpPort: number;
  readonly otlpGrpcPort: number | undefined;
  readonly zipkinPort: number | undefined;
}
export interface ReceiversOptions extends ReceiverPorts {
  readonly host: string;
  /** RE2 pattern of the origins whose pages may send spans by HTTP. */
  readonly corsOrigin: string | undefined;
  readonly intake: Intake;
  readonly status: IngestStatus;
  readonly clock: Clock;
  readonly log: Logger;
}
export interface Receivers {
  readonly otlpPort: number;
  readonly otlpGrpcPort: number | undefined;
  readonly zipkinPort: number | undefined;
  close(): Promise<void>;
}

/** Starts all ways in. When one port is taken the others are given back, and it rejects with ServerError. */
export async function startReceivers({ otlpPort, otlpGrpcPort, zipkinPort, corsOrigin, status, ...common }: ReceiversOptions): Promise<Receivers> {
  const started: Receiver[] = [];
  const close = async (): Promise<void> => void (await Promise.all(started.map((receiver) => receiver.close())));
  const allowsOrigin = originsLike(corsOrigin);
  const begin = async (protocol: 'otlp-http' | 'otlp-grpc' | 'zipkin', receiver: Promise<Receiver>): Promise<number> => {
    const { port } = await receiver.then((r) => (started.push(r), r));
    status.listens(protocol, `${common.host}:${port}`);
    return port;
  };
  try {
    return {
      otlpPort: await begin('otlp-http', startOtlpHttp({ ...common, port: otlpPort, allowsOrigin })),
      otlpGrpcPort: otlpGrpcPort === undefined ? undefined : await begin('otlp-grpc', startOtlpGrpc({ ...common, port: otlpGrpcPort })),
      zipkinPort: zipkinPort === undefined ? undefined : await begin('zipkin', startZipkinReceiver({ ...common, port: zipkinPort, allowsOrigin })),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
