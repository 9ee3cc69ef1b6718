import type { JwtProvider } from '#mesh-core/domain/envoy/security-filters.ts';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import { parseKeySet } from './jwt-keys.ts';
import type { KeySet } from './jwt-keys.ts';
import type { KeySource } from './jwt-verifier.ts';

/** Fetches a text from a cluster: calls back with it, or with undefined when it does not come. */
export type FetchText = (request: { readonly cluster: string; readonly uri: string; readonly timeoutMs: number; readonly maxBytes: number }, done: (text: string | undefined) => void) => void;

const DEFAULT_CACHE_MS = 10 * 60_000;
const DEFAULT_TIMEOUT_MS = 5000;
/** A key that is not known may mean that the issuer has a new one: asked again, but not at every forged token. */
const REFRESH_PAUSE_MS = 30_000;
const MAX_KEYS_BYTES = 1024 * 1024;

/** Where a provider's keys come from: the configuration, or a server that is asked when they are first needed and grow old. */
export function keySourceOf(provider: JwtProvider, fetchText: FetchText, clock: Clock): KeySource {
  const { remoteJwks } = provider;
  if (remoteJwks !== undefined) return new RemoteKeys(remoteJwks, fetchText, clock);
  const keys = parseKeySet(provider.localJwks?.inlineString ?? '');
  return { current: () => keys, fetch: (done) => done(keys), refresh: () => {} };
}

/** Keys of a server, kept for a while. Requests that come while they are fetched wait for the same answer. */
class RemoteKeys implements KeySource {
  readonly #source: NonNullable<JwtProvider['remoteJwks']>;
  readonly #fetchText: FetchText;
  readonly #clock: Clock;
  #keys: KeySet | undefined;
  #fetchedAtMs = 0;
  #triedAtMs = -Infinity;
  #waiting: ((keys: KeySet | undefined) => void)[] | undefined;

  constructor(source: NonNullable<JwtProvider['remoteJwks']>, fetchText: FetchText, clock: Clock) {
    this.#source = source;
    this.#fetchText = fetchText;
    this.#clock = clock;
  }

  current(): KeySet | undefined {
    const cacheMs = parseDuration(this.#source.cacheDuration ?? '') ?? DEFAULT_CACHE_MS;
    return this.#keys !== undefined && this.#clock.now() - this.#fetchedAtMs < cacheMs ? this.#keys : undefined;
  }

  fetch(done: (keys: KeySet | undefined) => void): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(done);
      return;
    }
    this.#waiting = [done];
    this.#triedAtMs = this.#clock.now();
    const { uri, cluster, timeout } = this.#source.httpUri;
    this.#fetchText({ cluster, uri, timeoutMs: parseDuration(timeout) ?? DEFAULT_TIMEOUT_MS, maxBytes: MAX_KEYS_BYTES }, (text) => {
      const keys = text === undefined ? undefined : parseKeySet(text);
      // An answer without a usable key does not replace keys that work.
      if (keys !== undefined && keys.length > 0) {
        this.#keys = keys;
        this.#fetchedAtMs = this.#clock.now();
      }
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      for (const fn of waiting) fn(this.current());
    });
  }

  refresh(): void {
    if (this.#waiting === undefined && this.#clock.now() - this.#triedAtMs >= REFRESH_PAUSE_MS) this.fetch(() => {});
  }
}
