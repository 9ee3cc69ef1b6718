import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import type { JwtRule, RequestAuthentication } from '#mesh-core/domain/resources/security.ts';
import { jwksKey, jwksTimeout } from '#mesh-core/domain/translate/request-authentication.ts';
import type { FetchedKeys } from '#mesh-core/domain/translate/request-authentication.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';

export interface KeySetKeeperOptions {
  readonly fetchKeySet: (rule: JwtRule, timeoutMs: number) => Promise<string>;
  /** Other keys than before are there. */
  readonly onChange: (keys: FetchedKeys) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

const REFRESH_MS = 20 * 60_000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60 * 60_000;
const DEFAULT_TIMEOUT_MS = 5000;

interface Kept {
  rule: JwtRule;
  text: string | undefined;
  failures: number;
  cancel: () => void;
}

/**
 * Keeps the key sets of the issuers that RequestAuthentications name: fetched when a rule first names them, again every twenty
 * minutes, and while that fails after a second, two, four … at most an hour; the last good keys stay in force meanwhile.
 * Source: istiod's JwksResolver, with a shorter first retry.
 */
export class KeySetKeeper {
  readonly #options: KeySetKeeperOptions;
  readonly #kept = new Map<string, Kept>();
  #closed = false;

  constructor(options: KeySetKeeperOptions) {
    this.#options = options;
  }

  /** Tells which rules there are now: starts what is new and forgets what is gone. */
  follow(policies: readonly RequestAuthentication[]): void {
    const wanted = new Map(policies.flatMap(({ spec }) => spec?.jwtRules ?? []).flatMap((rule) => {
      const key = jwksKey(rule);
      return key === undefined ? [] : [[key, rule] as const];
    }));
    for (const [key, kept] of this.#kept) {
      if (wanted.has(key)) continue;
      kept.cancel();
      this.#kept.delete(key);
    }
    for (const [key, rule] of wanted) {
      const known = this.#kept.get(key);
      if (known !== undefined) {
        known.rule = rule;
        continue;
      }
      const kept: Kept = { rule, text: undefined, failures: 0, cancel: () => {} };
      this.#kept.set(key, kept);
      void this.#fetch(key, kept);
    }
  }

  close(): void {
    this.#closed = true;
    for (const kept of this.#kept.values()) kept.cancel();
    this.#kept.clear();
  }

  async #fetch(key: string, kept: Kept): Promise<void> {
    const { fetchKeySet, onChange, clock, log } = this.#options;
    let text: string | undefined;
    try {
      text = await fetchKeySet(kept.rule, parseDuration(jwksTimeout(kept.rule)) ?? DEFAULT_TIMEOUT_MS);
      kept.failures = 0;
    } catch (error) {
      kept.failures += 1;
      log.warn({ issuer: kept.rule.issuer, error: error instanceof Error ? error.message : String(error), keptKeys: kept.text !== undefined }, 'the keys of a token issuer could not be fetched');
    }
    if (this.#closed || this.#kept.get(key) !== kept) return;
    const wait = kept.failures === 0 ? REFRESH_MS : Math.min(FIRST_RETRY_MS * 2 ** (kept.failures - 1), LONGEST_RETRY_MS);
    kept.cancel = clock.after(wait, () => void this.#fetch(key, kept));
    if (text === undefined || text === kept.text) return;
    kept.text = text;
    onChange(new Map([...this.#kept].flatMap(([name, { text: keys }]) => (keys === undefined ? [] : [[name, keys] as const]))));
  }
}
