import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Role } from '#server/http/route.ts';

/** A signed-in browser. */
export interface Session {
  readonly id: string;
  readonly user: string;
  readonly role: Role;
  /** Must come back in `x-binnacle-csrf` with every write. */
  readonly csrfToken: string;
  /** Unix ms. */
  readonly expiresAt: number;
  /** The API token it was opened with, if any: it ends with that token. */
  readonly tokenId?: string | undefined;
}
/** A program's token; only the hash of its secret is kept. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly secretHash: string;
  readonly createdAt: number;
}
interface SignInLink {
  readonly user: string;
  readonly role: Role;
  readonly expiresAt: number;
}
/** What survives a restart of the server. */
export interface AuthState {
  readonly sessions: readonly (Omit<Session, 'id'> & { readonly idHash: string })[];
  readonly tokens: readonly ApiToken[];
}

const SESSION_MS = 12 * 3600_000;
const LINK_MS = 3600_000;

/**
 * Sessions, API tokens and one-time sign-in links. Only hashes of secrets are kept, so that a read of the state file
 * signs nobody in. Links live in memory: a restart makes them void.
 */
export class SessionStore {
  readonly #sessions = new Map<string, Session>();
  readonly #tokens = new Map<string, ApiToken>();
  readonly #links = new Map<string, SignInLink>();
  readonly #save: (state: AuthState) => void;
  readonly #now: () => number;

  constructor(state: AuthState, now: () => number, save: (state: AuthState) => void) {
    this.#now = now;
    this.#save = save;
    for (const { idHash, ...session } of state.sessions) if (session.expiresAt > now()) this.#sessions.set(idHash, { id: '', ...session });
    for (const token of state.tokens) this.#tokens.set(token.id, token);
  }

  /** A secret that signs one browser in, once, within the hour. */
  createLink(user: string, role: Role): string {
    const secret = randomBytes(24).toString('base64url');
    this.#links.set(hash(secret), { user, role, expiresAt: this.#now() + LINK_MS });
    return secret;
  }

  /** Uses a link up; undefined when it is unknown, used or too old. */
  redeemLink(secret: string): Session | undefined {
    const key = hash(secret);
    const link = this.#links.get(key);
    this.#links.delete(key);
    if (link === undefined || link.expiresAt <= this.#now()) return undefined;
    return this.#open(link.user, link.role);
  }

  /** Signs in with an API token, for a person without a link. */
  openWithToken(secret: string): Session | undefined {
    const token = this.findToken(secret);
    return token === undefined ? undefined : this.#open(token.name, token.role, token.id);
  }

  findSession(id: string): Session | undefined {
    const session = this.#sessions.get(hash(id));
    return session === undefined || session.expiresAt <= this.#now() ? undefined : session;
  }

  closeSession(id: string): void {
    this.#sessions.delete(hash(id));
    this.#persist();
  }

  /** The secret is shown once: `bnc_<id>_<random>`. */
  createToken(name: string, role: Role): { token: ApiToken; secret: string } {
    const id = randomBytes(6).toString('hex');
    const secret = `bnc_${id}_${randomBytes(24).toString('base64url')}`;
    const token: ApiToken = { id, name, role, secretHash: hash(secret), createdAt: this.#now() };
    this.#tokens.set(id, token);
    this.#persist();
    return { token, secret };
  }

  findToken(secret: string): ApiToken | undefined {
    const token = this.#tokens.get(secret.split('_')[1] ?? '');
    if (token === undefined) return undefined;
    const [a, b] = [Buffer.from(hash(secret)), Buffer.from(token.secretHash)];
    return a.length === b.length && timingSafeEqual(a, b) ? token : undefined;
  }

  listTokens(): readonly ApiToken[] {
    return [...this.#tokens.values()].toSorted((a, b) => a.name.localeCompare(b.name));
  }

  /** Revokes a token and ends the sessions that were opened with it. */
  deleteToken(id: string): boolean {
    const gone = this.#tokens.delete(id);
    for (const [key, session] of this.#sessions) if (session.tokenId === id) this.#sessions.delete(key);
    if (gone) this.#persist();
    return gone;
  }

  #open(user: string, role: Role, tokenId?: string): Session {
    const session: Session = { id: randomBytes(24).toString('base64url'), user, role, csrfToken: randomBytes(18).toString('base64url'), expiresAt: this.#now() + SESSION_MS, ...(tokenId === undefined ? {} : { tokenId }) };
    this.#sessions.set(hash(session.id), { ...session, id: '' });
    this.#persist();
    return session;
  }

  #persist(): void {
    const now = this.#now();
    for (const [key, session] of this.#sessions) if (session.expiresAt <= now) this.#sessions.delete(key);
    this.#save({
      sessions: [...this.#sessions].map(([idHash, { id: _, ...session }]) => ({ idHash, ...session })),
      tokens: [...this.#tokens.values()],
    });
  }
}

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
