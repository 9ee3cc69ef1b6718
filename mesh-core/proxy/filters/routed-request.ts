import type { Duplex } from 'node:stream';
import type { ClusterOutcome } from '#mesh-core/domain/decide/decide-route.ts';
import { applyHeaderMutations } from '#mesh-core/domain/decide/header-mutations.ts';
import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import { httpStatusOfGrpc } from '#mesh-core/domain/decide/fault.ts';
import { resultOfStatus } from '#mesh-core/domain/decide/outlier-detection.ts';
import type { HostResult } from '#mesh-core/domain/decide/outlier-detection.ts';
import { retryBackoffMs, shouldRetry } from '#mesh-core/domain/decide/retry.ts';
import { takeRequestLimits } from '#mesh-core/domain/decide/request-limits.ts';
import type { RequestLimits } from '#mesh-core/domain/decide/request-limits.ts';
import type { TryOutcome } from '#mesh-core/domain/decide/retry.ts';
import { localReply } from '../http/exchange.ts';
import type { Exchange, Respond } from '../http/exchange.ts';
import { endToEndHeaders, removeHopByHop } from '../http/hop-by-hop.ts';
import { REPLAY_LIMIT_BYTES, ReplayableBody } from '../http/replayable-body.ts';
import { PEER_METADATA_HEADER, PEER_METADATA_ID_HEADER } from '../telemetry/peer-metadata.ts';
import type { ClusterCounters } from '../stats/counters.ts';
import type { ResponseFlag } from '../telemetry/request-record.ts';
import type { ClusterRuntime } from '../upstream/cluster-runtime.ts';
import type { UpstreamConnection, UpstreamFailure, UpstreamHandlers, UpstreamResponse, UpstreamStream } from '../upstream/connection-pool.ts';
import type { Endpoint } from '../upstream/endpoint.ts';
import { hashKeyOf } from './hash-key.ts';
import { headerValuesOf } from './header-values.ts';
import type { AffinityCookie } from './hash-key.ts';
import { sendMirrors } from './mirror.ts';
import type { RouterDependencies } from './router.ts';
import { failureReply, overflowReply, resetCauseOf } from './upstream-failure-reply.ts';

/** Methods that may be sent twice: RFC 9110 section 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE']);
const PREVIOUS_HOSTS = 'envoy.retry_host_predicates.previous_hosts';
/** What the caller's side of this proxy consumes. */
const NOT_FORWARDED: ReadonlySet<string> = new Set(['expect', PEER_METADATA_HEADER, PEER_METADATA_ID_HEADER]);

/** One request on its way to a cluster: admission, tries with retries and time limits, until an answer or a reason. */
export class RoutedRequest implements UpstreamHandlers {
  readonly #deps: RouterDependencies;
  readonly #exchange: Exchange;
  readonly #outcome: ClusterOutcome;
  readonly #cluster: ClusterRuntime;
  readonly #respond: Respond;
  readonly #body: ReplayableBody;
  readonly #headers: MutableHeaders;
  readonly #limits: RequestLimits;
  readonly #tried = new Set<string>();
  readonly #avoidsTried: boolean;
  #hashKey: string | undefined;
  #cookie: AffinityCookie | undefined;
  readonly #start = (): void => this.#admitted();
  #state: 'waiting' | 'trying' | 'backing-off' | 'responding' | 'done' = 'waiting';
  #hasPlace = false;
  #inRetry = false;
  #freshConnectionUsed = false;
  #attempt = 0;
  #upstream: UpstreamStream | undefined;
  #endpoint: Endpoint | undefined;
  #sentAtMs = 0;
  /** Did the request of this try go out? */
  #isSent = false;
  #cancelTotal: (() => void) | undefined;
  #cancelTry: (() => void) | undefined;
  #cancelBackoff: (() => void) | undefined;

  constructor(deps: RouterDependencies, exchange: Exchange, outcome: ClusterOutcome, cluster: ClusterRuntime, respond: Respond) {
    this.#deps = deps;
    this.#exchange = exchange;
    this.#outcome = outcome;
    this.#cluster = cluster;
    this.#respond = respond;
    this.#headers = this.#requestHeaders();
    this.#limits = takeRequestLimits(outcome, exchange.record.isGrpc, this.#headers);
    const { retryPolicy } = this.#limits;
    const mayRetry = (retryPolicy !== undefined && (retryPolicy.numRetries ?? 1) > 0) || IDEMPOTENT.has(exchange.line.method);
    this.#body = new ReplayableBody(exchange.body, mayRetry ? REPLAY_LIMIT_BYTES : 0, exchange.trailers);
    this.#avoidsTried = (retryPolicy?.retryHostPredicate ?? []).some(({ name }) => name === PREVIOUS_HOSTS);
    if (outcome.action.hashPolicy !== undefined) {
      const { key, cookie } = hashKeyOf(outcome.action.hashPolicy, exchange, () => Math.floor(deps.random() * 2 ** 48).toString(16));
      this.#hashKey = key;
      this.#cookie = cookie;
    }
  }

  begin(): void {
    this.#exchange.onAbort(() => this.#onClientGone());
    this.#exchange.onDone(() => this.#end());
    const { timeoutMs } = this.#limits;
    // Envoy's route timeout starts when the whole request has been received.
    if (timeoutMs > 0) this.#body.onComplete(() => (this.#cancelTotal = this.#state === 'done' ? undefined : this.#deps.clock.after(timeoutMs, () => this.#onTotalTimeout())));
    const admission = this.#cluster.breaker.enter(this.#start);
    if (admission === 'waiting') this.#counters.upstream_rq_pending_total++;
    if (admission === 'overflow') {
      this.#counters.upstream_rq_pending_overflow++;
      this.#fail({ ...overflowReply(false), headers: { 'x-envoy-overloaded': 'true' } });
    }
  }

  get #counters(): ClusterCounters {
    return this.#cluster.stats.counters;
  }

  #admitted(): void {
    this.#hasPlace = true;
    if (this.#state === 'waiting') this.#try();
  }

  #try(): void {
    const endpoint = this.#cluster.pick({ authority: this.#exchange.line.authority, ...(this.#avoidsTried ? { avoid: this.#tried } : {}), hashKey: this.#hashKey });
    if (endpoint === undefined) {
      this.#fail({ status: 503, body: 'no healthy upstream', details: 'no_healthy_upstream', flag: 'UH' });
      return;
    }
    this.#state = 'trying';
    this.#attempt++;
    this.#isSent = false;
    this.#endpoint = endpoint;
    this.#tried.add(endpoint.key);
    endpoint.active++;
    const { record } = this.#exchange;
    record.attempts = this.#attempt;
    record.upstreamHost = endpoint.key;
    record.peer = this.#deps.localSide === 'outbound' ? endpoint.peer : record.peer;
    this.#sentAtMs = performance.now();
    const headers = this.#headersFor(endpoint);
    const body = this.#body.streamed ? 'streamed' : this.#body.whole;
    const upstream = endpoint.pool.send({ method: this.#exchange.line.method, path: this.#outcome.path, fromHttp2: record.protocol === 'HTTP/2', headers, upgrade: this.#exchange.upgrade, body }, this);
    this.#upstream = upstream;
    if (this.#attempt === 1 && this.#outcome.mirrors.length > 0) sendMirrors(this.#deps, this.#exchange, this.#outcome, headers, this.#body);
    const { perTryMs } = this.#limits;
    if (perTryMs > 0) this.#body.onComplete(() => (this.#cancelTry ??= this.#state === 'trying' && this.#upstream === upstream ? this.#deps.clock.after(perTryMs, () => this.#onTryTimeout()) : undefined));
    if (body === 'streamed') this.#body.attach(upstream);
  }

  onConnection(connection: UpstreamConnection): void {
    const { record } = this.#exchange;
    this.#isSent = true;
    if (this.#endpoint !== undefined) this.#cluster.report(this.#endpoint, 'connected');
    record.upstreamLocal = connection.localAddress;
    if (this.#deps.localSide === 'outbound' && this.#endpoint?.mesh === true) {
      record.peerPrincipal = connection.spiffeId;
      record.mutualTls = true;
    }
  }

  onInterim(status: number, headers: MutableHeaders): void {
    this.#exchange.inform(status, headers);
  }

  onResponse(response: UpstreamResponse): void {
    const { status, body } = response;
    // Its `close` says the same; an error without a listener would end the process.
    if (!Buffer.isBuffer(body)) body.on('error', () => {});
    const outcome = outcomeOf(response);
    this.#endpointDone(resultOfStatus(this.#exchange.record.isGrpc && outcome.grpcStatus !== undefined ? httpStatusOfGrpc(outcome.grpcStatus) : status), false);
    if (this.#retryAfter(outcome)) {
      if (!Buffer.isBuffer(body)) body.resume();
      return;
    }
    this.#accept(response);
    if (Buffer.isBuffer(body)) this.#releaseEndpoint();
    else {
      body.once('end', () => this.#noteGrpcStatus(response.trailers?.()?.['grpc-status']));
      body.once('close', () => {
        this.#releaseEndpoint();
        if (!body.readableEnded && this.#state === 'responding') this.#cutShort();
      });
    }
    this.#tidyResponse(response.headers);
    this.#respond(response);
  }

  onUpgrade(response: UpstreamResponse, socket: Duplex, head: Buffer): void {
    this.#endpointDone('success', false);
    this.#accept(response);
    this.#cancelTotal?.();
    socket.once('close', () => this.#releaseEndpoint());
    const protocol = textOf(response.headers['upgrade']) ?? this.#exchange.upgrade ?? 'websocket';
    this.#tidyResponse(response.headers);
    this.#respond({ status: response.status, headers: response.headers, body: '', upgraded: { socket, head, protocol } });
  }

  onFailure(failure: UpstreamFailure): void {
    if (this.#state !== 'trying') return;
    this.#body.detach();
    if (failure.kind === 'connect-failure') this.#counters.upstream_rq_pending_failure_eject++;
    else if (this.#isSent) this.#counters.upstream_rq_rx_reset++;
    // The connection had been closed meanwhile: not the endpoint's fault, and not worth telling the client. A stream that was
    // refused has not been processed (RFC 9113 section 8.7).
    const mayRepeat = failure.kind === 'refused' || (failure.kind === 'reset-before-request' && IDEMPOTENT.has(this.#exchange.line.method));
    if (mayRepeat && !this.#freshConnectionUsed && this.#body.replayable) {
      this.#freshConnectionUsed = true;
      this.#releaseEndpoint();
      if (this.#endpoint !== undefined) this.#tried.delete(this.#endpoint.key);
      this.#attempt--;
      this.#try();
      return;
    }
    const cause = resetCauseOf(failure.kind);
    if (cause === undefined) this.#releaseEndpoint();
    else {
      this.#endpointDone('local-failure', true);
      if (this.#retryAfter({ kind: 'reset', cause })) return;
    }
    this.#exchange.record.transportFailure = failure.transport ?? '';
    this.#fail(failureReply(failure, this.#attempt > 1));
  }

  /** Schedules another try when the policy wants one and the body can be sent again. */
  #retryAfter(outcome: TryOutcome): boolean {
    if (this.#inRetry) {
      this.#inRetry = false;
      this.#cluster.breaker.leaveRetry();
    }
    const policy = this.#limits.retryPolicy;
    const decision = shouldRetry(policy, this.#attempt, outcome);
    if (decision.kind === 'stop') {
      if (decision.reason === 'limit-reached' && this.#attempt > 1) {
        this.#exchange.flag('URX');
        this.#counters.upstream_rq_retry_limit_exceeded++;
      }
      return false;
    }
    if (policy === undefined || !this.#body.replayable || this.#exchange.upgrade !== undefined) return false;
    if (!this.#cluster.breaker.enterRetry()) {
      this.#exchange.flag('UO');
      this.#counters.upstream_rq_retry_overflow++;
      return false;
    }
    this.#counters.upstream_rq_retry++;
    this.#inRetry = true;
    this.#state = 'backing-off';
    this.#body.detach();
    this.#cancelTry?.();
    this.#cancelTry = undefined;
    this.#releaseEndpoint();
    this.#cancelBackoff = this.#deps.clock.after(retryBackoffMs(policy, this.#attempt, this.#deps.random()), () => this.#try());
    return true;
  }

  #onTryTimeout(): void {
    if (this.#state !== 'trying') return;
    const upstream = this.#upstream;
    this.#counters.upstream_rq_per_try_timeout++;
    this.#endpointDone('local-timeout', true);
    const retried = this.#retryAfter({ kind: 'reset', cause: 'reset' });
    if (!retried) this.#fail({ status: 504, body: 'upstream request timeout', details: 'upstream_per_try_timeout', flag: 'UT' });
    this.#giveUp(upstream);
  }

  #onTotalTimeout(): void {
    if (this.#state === 'done') return;
    if (this.#state === 'responding') {
      this.#exchange.flag('UT');
      this.#exchange.kill();
      return;
    }
    const upstream = this.#upstream;
    const isTrying = this.#state === 'trying';
    this.#counters.upstream_rq_timeout++;
    if (isTrying) this.#endpointDone('local-timeout', true);
    this.#fail({ status: 504, body: 'upstream request timeout', details: 'response_timeout', flag: 'UT' });
    if (isTrying) this.#giveUp(upstream);
  }

  #onClientGone(): void {
    const upstream = this.#upstream;
    const isUnderWay = this.#endpoint !== undefined;
    if (this.#state !== 'responding') this.#end();
    if (isUnderWay) this.#giveUp(upstream);
    else upstream?.destroy();
  }

  #giveUp(upstream: UpstreamStream | undefined): void {
    if (this.#isSent) this.#counters.upstream_rq_tx_reset++;
    else this.#counters.upstream_rq_cancelled++;
    upstream?.destroy();
  }

  /** The upstream broke off within its answer: the client must see a broken answer, too. */
  #cutShort(): void {
    if (this.#exchange.aborted) return;
    this.#counters.upstream_rq_rx_reset++;
    this.#exchange.flag('UC');
    this.#exchange.record.details = 'upstream_reset_after_response_started{connection_termination}';
    this.#exchange.kill();
  }

  #accept(response: UpstreamResponse): void {
    this.#state = 'responding';
    this.#cancelTry?.();
    this.#body.commit();
    this.#cluster.stats.codes.count(response.status);
    if (this.#attempt > 1 && response.status < 500) this.#counters.upstream_rq_retry_success++;
    const { record } = this.#exchange;
    record.details = 'via_upstream';
    record.upstreamServiceTimeMs = performance.now() - this.#sentAtMs;
    if (this.#deps.localSide === 'outbound') record.peer = this.#deps.peers.read(response.headers[PEER_METADATA_HEADER]) ?? record.peer;
    this.#noteGrpcStatus(response.headers['grpc-status']);
  }

  /** From the head of an answer without messages, else from its trailers. */
  #noteGrpcStatus(status: string | string[] | undefined): void {
    if (typeof status === 'string') this.#exchange.record.grpcStatus = status;
  }

  #fail(reply: { status: number; body: string; details: string; flag: ResponseFlag; headers?: MutableHeaders }): void {
    if (this.#state === 'done' || this.#state === 'responding') return;
    this.#state = 'responding';
    this.#cancelTimers();
    this.#body.detach();
    this.#body.commit();
    this.#cluster.stats.codes.count(reply.status);
    localReply(this.#exchange, this.#respond, reply);
  }

  #endpointDone(result: HostResult, release: boolean): void {
    if (this.#endpoint !== undefined) {
      const { counters } = this.#endpoint.stats;
      if (result === 'success') counters.rq_success++;
      else counters.rq_error++;
      if (result === 'local-timeout') counters.rq_timeout++;
      this.#cluster.report(this.#endpoint, result);
    }
    if (release) this.#releaseEndpoint();
  }

  #releaseEndpoint(): void {
    if (this.#endpoint === undefined) return;
    this.#endpoint.active--;
    this.#endpoint = undefined;
  }

  /** Gives everything back; safe to call again. */
  #end(): void {
    if (this.#state === 'done') return;
    this.#state = 'done';
    this.#cancelTimers();
    this.#body.commit();
    this.#releaseEndpoint();
    const { record } = this.#exchange;
    if (record.upstreamServiceTimeMs !== undefined) this.#cluster.stats.requestTime.observe(performance.now() - this.#sentAtMs);
    record.bytesReceived += this.#body.bytes;
    if (this.#inRetry) this.#cluster.breaker.leaveRetry();
    if (this.#hasPlace) this.#cluster.breaker.release();
    else this.#cluster.breaker.leaveQueue(this.#start);
  }

  #cancelTimers(): void {
    this.#cancelTotal?.();
    this.#cancelTry?.();
    this.#cancelBackoff?.();
  }

  #requestHeaders(): MutableHeaders {
    const headers = endToEndHeaders(this.#exchange.line.headers, NOT_FORWARDED);
    headers['host'] = this.#outcome.authority;
    if (this.#outcome.path !== this.#exchange.line.path) headers['x-envoy-original-path'] = this.#exchange.line.path;
    applyHeaderMutations(headers, this.#outcome.mutations, 'request', headerValuesOf(this.#exchange));
    return headers;
  }

  /** What one try adds to the headers of the request, in place. */
  #headersFor(endpoint: Endpoint): MutableHeaders {
    const headers = this.#headers;
    if (this.#outcome.virtualHost.includeRequestAttemptCount === true) headers['x-envoy-attempt-count'] = String(this.#attempt);
    if (this.#deps.localSide === 'outbound' && (endpoint.mesh || headers[PEER_METADATA_HEADER] !== undefined)) {
      const { encoded, id } = this.#deps.ownMetadata;
      headers[PEER_METADATA_HEADER] = endpoint.mesh ? encoded : undefined;
      headers[PEER_METADATA_ID_HEADER] = endpoint.mesh ? id : undefined;
    }
    return headers;
  }

  #tidyResponse(headers: MutableHeaders): void {
    removeHopByHop(headers);
    if (headers[PEER_METADATA_HEADER] !== undefined) headers[PEER_METADATA_HEADER] = undefined;
    if (headers[PEER_METADATA_ID_HEADER] !== undefined) headers[PEER_METADATA_ID_HEADER] = undefined;
    headers['x-envoy-upstream-service-time'] = String(Math.round(this.#exchange.record.upstreamServiceTimeMs ?? 0));
    if (this.#cookie !== undefined) headers['set-cookie'] = [...[headers['set-cookie'] ?? []].flat(), this.#cookie.header];
  }
}

function outcomeOf({ status, headers }: UpstreamResponse): TryOutcome & { readonly kind: 'response' } {
  const grpcStatus = headers['grpc-status'];
  const shared = { kind: 'response', status, rateLimited: headers['x-envoy-ratelimited'] !== undefined, overloaded: headers['x-envoy-overloaded'] !== undefined } as const;
  return grpcStatus === undefined || Number.isNaN(Number(grpcStatus)) ? shared : { ...shared, grpcStatus: Number(grpcStatus) };
}

function textOf(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
