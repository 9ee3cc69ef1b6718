import { status } from '@grpc/grpc-js';
import type { MethodDefinition, ServiceError } from '@grpc/grpc-js';
import { openChannel } from './control-plane-channel.ts';
import type { ControlPlaneAddress } from './control-plane-channel.ts';
import { DELTA_AGGREGATED_RESOURCES } from './delta-discovery.ts';
import type { DeltaDiscoveryRequest, DeltaDiscoveryResponse } from './delta-discovery.ts';
import { STREAM_AGGREGATED_RESOURCES } from './discovery.ts';
import type { DiscoveryRequest, DiscoveryResponse } from './discovery.ts';

/** Why a stream ended. `code` is the gRPC status (0 = the server ended it orderly). */
export interface AdsStreamEnd {
  readonly code: number;
  readonly message: string;
  /** The control plane refused the identity: a new token or certificate is needed before trying again. */
  readonly unauthenticated: boolean;
}
export interface XdsStreamHandlers<Response> {
  onResponse(response: Response): void;
  /** Called exactly once; nothing follows. Reconnecting (a new stream) is the caller's. */
  onEnd(end: AdsStreamEnd): void;
}
export interface XdsStream<Request> {
  /** Queued until the connection is up; ignored after the end. */
  send(request: Request): void;
  /** Ends the stream orderly: the control plane sees a clean leave. */
  end(): void;
  /** Drops the stream at once; `onEnd` is not called. */
  destroy(): void;
}
export type AdsStream = XdsStream<DiscoveryRequest>;
export type AdsStreamHandlers = XdsStreamHandlers<DiscoveryResponse>;

/** Opens one ADS stream of the whole state, on a connection of its own. Never throws for a dead peer: that is an `onEnd`. */
export function openAdsStream(options: ControlPlaneAddress, handlers: AdsStreamHandlers): AdsStream {
  return openXdsStream(options, STREAM_AGGREGATED_RESOURCES, handlers);
}

/** Opens one incremental ADS stream, as `openAdsStream`. */
export function openDeltaStream(options: ControlPlaneAddress, handlers: XdsStreamHandlers<DeltaDiscoveryResponse>): XdsStream<DeltaDiscoveryRequest> {
  return openXdsStream(options, DELTA_AGGREGATED_RESOURCES, handlers);
}

function openXdsStream<Request, Response>(options: ControlPlaneAddress, { path, requestSerialize, responseDeserialize }: MethodDefinition<Request, Response>, handlers: XdsStreamHandlers<Response>): XdsStream<Request> {
  const { client, metadata } = openChannel(options);
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
  let open = true;
  const finish = (end: AdsStreamEnd | undefined): void => {
    if (!open) return;
    open = false;
    client.close();
    if (end !== undefined) handlers.onEnd(end);
  };
  call.on('data', (response: Response) => {
    if (open) handlers.onResponse(response);
  });
  call.on('error', (error: ServiceError) => {
    finish({ code: error.code, message: error.details, unauthenticated: error.code === status.UNAUTHENTICATED || error.code === status.PERMISSION_DENIED });
  });
  call.on('status', ({ code, details }: { code: number; details: string }) => {
    finish({ code, message: details, unauthenticated: code === status.UNAUTHENTICATED || code === status.PERMISSION_DENIED });
  });
  return {
    send(request) {
      if (open) call.write(request);
    },
    end() {
      if (open) call.end();
    },
    destroy() {
      finish(undefined);
      call.cancel();
    },
  };
}
