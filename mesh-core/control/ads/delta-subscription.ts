import type { ErrorDetail } from '#mesh-core/wire/xds/discovery.ts';
import { rememberPairs } from './resource-index.ts';
import type { Selection, VersionedResource, Wanted } from './resource-index.ts';
import type { RequestOutcome } from './subscription.ts';

/**
 * One type of resources on one incremental stream, as a pure state machine. Source: Envoy "xDS REST and gRPC protocol",
 * incremental xDS. The server knows what the client holds, resource by resource, and sends the difference:
 *
 *   held:   a@1 b@1        wanted now: a@2, c@1, and x which does not exist
 *   sends:  a@2 c@1, removed b x
 *
 * One response at a time is on its way; the next difference is made when it has been answered.
 */
export interface DeltaSubscription extends Wanted {
  /** Has the proxy asked for this type at all? */
  readonly requested: boolean;
  /** What the client has or was told does not exist (`undefined`), by the last response. */
  readonly held: ReadonlyMap<string, { readonly version: string } | undefined>;
  readonly sent?: { readonly nonce: string; readonly at: number; readonly answer: 'pending' | 'ack' | 'nack'; readonly error?: string };
  /** Newest configuration version whose resources equal `held`. */
  readonly version: string;
  readonly ackedVersion: string;
  /** Unix milliseconds. */
  readonly ackedAt?: number;
}
export interface DeltaSubscriptionRequest {
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  readonly initialVersions: Readonly<Record<string, string>>;
  readonly responseNonce: string;
  readonly errorDetail?: ErrorDetail;
}
export interface DeltaDifference {
  readonly changed: readonly VersionedResource[];
  readonly removed: readonly string[];
}

const NO_NAMES: ReadonlySet<string> = new Set();
const NO_DIFFERENCE: DeltaDifference = { changed: [], removed: [] };
export const NO_DELTA_SUBSCRIPTION: DeltaSubscription = { requested: false, wildcard: false, names: NO_NAMES, held: new Map(), version: '', ackedVersion: '' };

/**
 * Takes one request. `reoffer` is set when a difference must be made: at the first request and when the subscription changed.
 * `mayWildcard`: a first request without names means everything (listeners and clusters), as `*` does. `intern` gives the
 * one set of some names.
 */
export function receiveDelta(current: DeltaSubscription, request: DeltaSubscriptionRequest, mayWildcard: boolean, at: number, intern: (names: Iterable<string>) => ReadonlySet<string>): { readonly next: DeltaSubscription; readonly outcome: RequestOutcome; readonly reoffer: boolean } {
  const first = !current.requested;
  const subscribed = subscribe(current, request, mayWildcard, first, intern);
  const reoffer = subscribed !== current;
  const { sent } = current;
  if (request.responseNonce === '' || first) return { next: subscribed, outcome: reoffer ? 'subscribe' : 'noted', reoffer };
  if (sent === undefined || request.responseNonce !== sent.nonce || sent.answer !== 'pending') return { next: subscribed, outcome: reoffer ? 'subscribe' : 'stale', reoffer };
  if (request.errorDetail !== undefined) {
    return { next: { ...subscribed, sent: { ...sent, answer: 'nack', error: request.errorDetail.message ?? 'refused without a reason' } }, outcome: 'nack', reoffer };
  }
  return { next: { ...subscribed, sent: { ...sent, answer: 'ack' }, ackedVersion: current.version, ackedAt: at }, outcome: 'ack', reoffer };
}

/**
 * Makes the difference to `selection`. `undefined` when nothing is to be sent: then the subscription only moves on to the new
 * version (acknowledged too, unless the last response was refused or is unanswered).
 */
export function offerDelta(current: DeltaSubscription, selection: Selection, next: { readonly version: string; readonly nonce: string; readonly at: number }): { readonly next: DeltaSubscription; readonly send: DeltaDifference | undefined } {
  if (!current.requested || current.sent?.answer === 'pending') return { next: current, send: undefined };
  const difference = differenceOf(current, selection);
  // A wildcard that selects nothing is answered too: the client waits for its first answer. So is a first request by name.
  const silent = difference.changed.length === 0 && difference.removed.length === 0 && (current.sent !== undefined || (!current.wildcard && selection.size === 0) || current.held.size > 0);
  if (silent) {
    const acked = current.sent?.answer === 'nack' ? {} : { ackedVersion: next.version, ackedAt: current.ackedAt ?? next.at };
    return { next: { ...current, held: selection, version: next.version, ...acked }, send: undefined };
  }
  return { next: { ...current, held: selection, version: next.version, sent: { nonce: next.nonce, at: next.at, answer: 'pending' } }, send: difference };
}

function subscribe(current: DeltaSubscription, { subscribe: more, unsubscribe: less, initialVersions }: DeltaSubscriptionRequest, mayWildcard: boolean, first: boolean, intern: (names: Iterable<string>) => ReadonlySet<string>): DeltaSubscription {
  const wildcard = mayWildcard && ((current.wildcard && !less.includes('*')) || more.includes('*') || (first && more.length === 0));
  if (!first && more.length === 0 && less.length === 0) return current;
  const dropped = new Set(less);
  const names = intern([...current.names, ...more].filter((name) => name !== '*' && (!dropped.has(name) || more.includes(name))));
  // Those that come with nothing share the one empty map, and so the first difference and its bytes.
  const initial = Object.entries(initialVersions);
  const held = !first ? withoutAsked(current, more) : initial.length === 0 ? NO_DELTA_SUBSCRIPTION.held : new Map(initial.map(([name, version]) => [name, { version }]));
  return { ...current, requested: true, wildcard, names, held };
}

/** A name that is asked for again is sent again, even unchanged. */
function withoutAsked(current: DeltaSubscription, more: readonly string[]): DeltaSubscription['held'] {
  const again = more.filter((name) => current.held.has(name));
  if (again.length === 0) return current.held;
  const held = new Map(current.held);
  for (const name of again) held.delete(name);
  return held;
}

const differenceOfNames = rememberPairs((held: DeltaSubscription['held'], selection: Selection): DeltaDifference => {
  const changed: VersionedResource[] = [];
  const removed: string[] = [];
  for (const [name, resource] of selection) {
    const before = held.get(name);
    if (resource !== undefined) {
      if (before?.version !== resource.version) changed.push(resource);
    } else if (before !== undefined || !held.has(name)) removed.push(name);
  }
  return { changed, removed };
});
/** What a wildcard had and has no more is told to be gone. */
const differenceOfAll = rememberPairs((held: DeltaSubscription['held'], selection: Selection): DeltaDifference => {
  const { changed, removed } = differenceOfNames(held, selection);
  const gone = [...held].flatMap(([name, before]) => (before !== undefined && !selection.has(name) ? [name] : []));
  return { changed, removed: [...removed, ...gone] };
});

function differenceOf({ held, wildcard }: DeltaSubscription, selection: Selection): DeltaDifference {
  if (held === selection) return NO_DIFFERENCE;
  return wildcard ? differenceOfAll(held, selection) : differenceOfNames(held, selection);
}
