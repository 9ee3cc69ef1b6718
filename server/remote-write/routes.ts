import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { defineRoute, type Route } from '#server/http/route.ts';
import { API_BASE } from '#server/prometheus-api/api-route.ts';
import type { Appender } from '#server/timeseries/storage.ts';
import { receiveWrite, type WriteOutcome, type WriteServices } from './receive-write.ts';
import { SeriesRefs } from './series-refs.ts';
import { MAX_BODY_BYTES } from './write-message.ts';
import { WriteRefusal } from './write-refusal.ts';

/** `POST /prometheus/api/v1/write`: takes samples from Prometheus and other senders of the remote-write protocol. */
export function remoteWriteRoutes({ appender, clock, log }: { readonly appender: Appender; readonly clock: Clock; readonly log: Logger }): Route[] {
  const services: WriteServices = { appender, clock, log, refs: new SeriesRefs(appender) };
  return [
    defineRoute({
      method: 'POST',
      path: `${API_BASE}/write`,
      scope: 'edit',
      summary: 'Takes samples by the Prometheus remote-write protocol, 1.0 and 2.0: a Snappy-compressed protobuf message.',
      rawBody: 'bytes',
      bodyType: 'application/x-protobuf',
      maxBodyBytes: MAX_BODY_BYTES,
      handle: async ({ body, headers }) => {
        const bytes: unknown = body;
        if (!(bytes instanceof Uint8Array)) throw new TypeError('the body of a write was not read as bytes');
        try {
          return answer(await receiveWrite({ body: bytes, contentType: headers.get('content-type') ?? '', contentEncoding: headers.get('content-encoding') ?? '' }, services));
        } catch (error) {
          if (!(error instanceof WriteRefusal)) throw error;
          log.warn({ error: error.message }, 'remote write: refused');
          return plain(error.status, error.message, {});
        }
      },
    }),
  ];
}

function answer({ version, samples, histograms, exemplars, problems }: WriteOutcome): Response {
  const written = {
    'x-prometheus-remote-write-samples-written': String(samples),
    'x-prometheus-remote-write-histograms-written': String(histograms),
    'x-prometheus-remote-write-exemplars-written': String(exemplars),
  };
  // Senders of 1.0 do not know these, and some would take them amiss.
  const headers = version === '2.0' ? written : {};
  return problems === undefined ? new Response(null, { status: 204, headers }) : plain(400, problems, headers);
}

/** Prometheus logs the first line of a refusal: it is the sentence that says why. */
function plain(status: number, text: string, headers: Readonly<Record<string, string>>): Response {
  return new Response(`${text}\n`, { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' } });
}
