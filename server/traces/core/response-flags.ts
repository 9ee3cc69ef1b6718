/** One of Envoy's response flags in words. */
export interface ResponseFlagWords {
  readonly flag: string;
  /** A few words. */
  readonly title: string;
  /** What happened and where to look. */
  readonly meaning: string;
}

/** Every flag of Envoy's `stream_info/utility.h`, in words of our own. */
const WORDS: Readonly<Record<string, readonly [title: string, meaning: string]>> = {
  DC: ['client went away', 'The caller closed the connection before the answer was complete.'],
  LH: ['local health check failed', 'The proxy answered itself because the local service failed its health check.'],
  UH: ['no healthy upstream', 'The destination has no endpoint that is healthy: none is registered, or all were ejected.'],
  UT: ['upstream timed out', 'The destination did not answer within the route timeout.'],
  LR: ['connection reset locally', 'This proxy reset the connection.'],
  UR: ['upstream reset', 'The destination reset the stream.'],
  UF: ['upstream connection failed', 'No connection to the destination: refused, timed out, or the TLS handshake failed.'],
  UC: ['upstream closed the connection', 'The destination closed the connection before it sent headers.'],
  UO: ['circuit breaker open', 'A limit of the connection pool was reached, so the request was not sent.'],
  URX: ['retries used up', 'Every allowed attempt failed.'],
  NR: ['no route', 'No route matched the host and path.'],
  DI: ['delay injected', 'A fault rule delayed this request on purpose.'],
  FI: ['fault injected', 'A fault rule answered this request with an error on purpose.'],
  RL: ['rate limited', 'A rate limit refused the request.'],
  UAEX: ['refused by external authorization', 'The external authorization service denied the request.'],
  RLSE: ['rate limit service failed', 'The rate limit service could not be asked.'],
  SI: ['stream idle', 'Nothing moved on the stream for the idle timeout.'],
  IH: ['invalid Envoy header', 'A header that steers the proxy had a value that is not allowed.'],
  DPE: ['caller broke the protocol', 'The request was not valid HTTP.'],
  UMSDR: ['stream too long', 'The stream lasted longer than the allowed maximum.'],
  RFCF: ['answered from cache', 'The response came from the cache filter.'],
  NFCF: ['filter not configured', 'A filter was not ready: its configuration never arrived.'],
  DT: ['duration limit', 'The request or connection reached its maximum duration.'],
  UPE: ['upstream broke the protocol', 'The answer of the destination was not valid HTTP.'],
  NC: ['no such cluster', 'The route leads to a cluster that does not exist: a subset, host or port nobody defines.'],
  OM: ['overload manager', 'The proxy refused the request to protect itself from overload.'],
  DF: ['name not resolved', 'DNS gave no address for the destination.'],
  DO: ['dropped on overload', 'The request was dropped as the drop policy of the destination asks.'],
};

/** The flags of an access log or span, such as `UF,URX`, in words. `-` and empty give none; an unknown flag says so. */
export function describeResponseFlags(flags: string): ResponseFlagWords[] {
  return flags
    .split(',')
    .map((flag) => flag.trim())
    .filter((flag) => flag !== '' && flag !== '-')
    .map((flag) => {
      const words = Object.hasOwn(WORDS, flag) ? WORDS[flag] : undefined;
      return { flag, title: words?.[0] ?? 'unknown flag', meaning: words?.[1] ?? 'This proxy reports a flag that is not known here.' };
    });
}
