import type { ErrorDetail } from '#mesh-core/wire/xds/discovery.ts';
import type { TypeSyncState } from '#mesh-core/wire/xds/sync-state.ts';
import type { Wanted } from './resource-index.ts';

/**
 * One type of resources on one stream, as a pure state machine. Source: Envoy "xDS REST and gRPC protocol", state of the world.
 *
 *            offer (changed)            request with the nonce
 *   idle ──────────────────► pending ──┬── no error ──► ack
 *    ▲                          ▲      └── error ─────► nack
 *    └ nothing asked for        └────── offer (changed) ──┘
 *
 * A request whose nonce is not the last one sent is about an older response and is ignored.
 */
export interface Subscription extends Wanted {
  /** Has the proxy asked for this type at all? */
  readonly requested: boolean;
  /** The last response. */
  readonly sent?: SentResponse;
  /** Newest configuration version whose resources equal those of `sent`. */
  readonly version: string;
  readonly ackedVersion: string;
  /** Unix milliseconds. */
  readonly ackedAt?: number;
}
export interface SentResponse {
  readonly nonce: string;
  /** What stood in the response; the proxy repeats it in its ACK. */
  readonly wireVersion: string;
  readonly fingerprint: string;
  readonly at: number;
  readonly answer: 'pending' | 'ack' | 'nack';
  readonly error?: string;
}
export interface SubscriptionRequest {
  readonly versionInfo: string;
  readonly responseNonce: string;
  readonly resourceNames: readonly string[];
  readonly errorDetail?: ErrorDetail;
}
/** `subscribe`: the first request, or another set of names. `stale`: about an older response. `noted`: nothing new. */
export type RequestOutcome = 'subscribe' | 'ack' | 'nack' | 'stale' | 'noted';
export interface Offer {
  readonly version: string;
  /** Digest of the resources that the subscription selects. */
  readonly fingerprint: string;
  readonly nonce: string;
  /** Unix milliseconds. */
  readonly at: number;
}

type Described = Pick<Subscription, 'requested' | 'version' | 'ackedVersion' | 'ackedAt'> & { readonly sent?: Pick<SentResponse, 'nonce' | 'at' | 'answer' | 'error'> };

export const NO_SUBSCRIPTION: Subscription = { requested: false, wildcard: false, names: new Set(), version: '', ackedVersion: '' };

/**
 * Takes one request of the proxy. `reoffer` is set when the current resources must be offered again: at the first request
 * and when the set of names changed. `mayWildcard`: an empty list of names means everything (listeners and clusters).
 * `intern` gives the one set of some names.
 */
export function receive(current: Subscription, request: SubscriptionRequest, mayWildcard: boolean, at: number, intern: (names: Iterable<string>) => ReadonlySet<string>): { readonly next: Subscription; readonly outcome: RequestOutcome; readonly reoffer: boolean } {
  const { sent } = current;
  const names = intern(request.resourceNames);
  const wildcard = mayWildcard && (names.size === 0 || names.has('*'));
  const first = !current.requested;
  // A nonce from an earlier stream comes with the first request after a reconnect: it subscribes.
  if (!first && request.responseNonce !== '' && request.responseNonce !== sent?.nonce) return { next: current, outcome: 'stale', reoffer: false };
  const reoffer = first || wildcard !== current.wildcard || names !== current.names;
  const subscribed: Subscription = { ...current, requested: true, wildcard, names };
  const answers = !first && sent !== undefined && request.responseNonce === sent.nonce;
  if (answers && request.errorDetail !== undefined) {
    const error = request.errorDetail.message ?? 'refused without a reason';
    return { next: { ...subscribed, sent: { ...sent, answer: 'nack', error } }, outcome: 'nack', reoffer };
  }
  // After a refusal a request with the same nonce may only change the names: it then repeats the version before.
  if (answers && sent.answer === 'pending' && request.versionInfo === sent.wireVersion) {
    return { next: { ...subscribed, sent: { ...sent, answer: 'ack' }, ackedVersion: current.version, ackedAt: at }, outcome: 'ack', reoffer };
  }
  return { next: subscribed, outcome: reoffer ? 'subscribe' : 'noted', reoffer };
}

/**
 * Offers the current resources. `send` is false when they are what was sent already: then the subscription only moves on to the
 * new version (acknowledged too, if the response was), so that "acknowledged version X" comes true for every proxy.
 */
export function offer(current: Subscription, next: Offer): { readonly next: Subscription; readonly send: boolean } {
  if (!current.requested) return { next: current, send: false };
  // Nothing is wanted by name: there is nothing to be out of date.
  if (!current.wildcard && current.names.size === 0 && current.sent === undefined) return { next: { ...current, version: next.version, ackedVersion: next.version, ackedAt: next.at }, send: false };
  if (current.sent?.fingerprint === next.fingerprint) {
    const acked = current.sent.answer === 'ack' ? { ackedVersion: next.version } : {};
    return { next: { ...current, version: next.version, ...acked }, send: false };
  }
  return { next: { ...current, version: next.version, sent: { nonce: next.nonce, wireVersion: next.version, fingerprint: next.fingerprint, at: next.at, answer: 'pending' } }, send: true };
}

/** What people are told about a subscription of either protocol. */
export function describe(subscription: Described): TypeSyncState {
  const { sent } = subscription;
  const idle = subscription.requested && subscription.ackedVersion !== '' && sent === undefined;
  return {
    state: idle ? 'synced' : sent === undefined ? 'not-sent' : sent.answer === 'ack' ? 'synced' : sent.answer === 'nack' ? 'nack' : 'stale',
    sentVersion: subscription.version,
    ackedVersion: subscription.ackedVersion,
    nonce: sent?.nonce ?? '',
    ...(sent?.error === undefined ? {} : { error: sent.error }),
    ...(sent === undefined ? {} : { sentAt: new Date(sent.at).toISOString() }),
    ...(subscription.ackedAt === undefined ? {} : { ackedAt: new Date(subscription.ackedAt).toISOString() }),
  };
}
