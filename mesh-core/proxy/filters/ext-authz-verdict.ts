import type { MutableHeaders } from '#mesh-core/domain/decide/header-mutations.ts';
import type { Exchange } from '../http/exchange.ts';

/** What an external authorizer says about a request; `error` = nothing that could be understood, or nothing at all. */
export type AuthorizerVerdict =
  | { readonly kind: 'allow'; /** Changes the request's headers; says whether it did. */ readonly apply: (headers: MutableHeaders) => boolean; readonly toClient: MutableHeaders }
  | { readonly kind: 'deny'; readonly status: number; readonly headers: MutableHeaders; readonly body: string }
  | { readonly kind: 'error' };

/** The part of a request body that the authorizer is shown. */
export interface ShownBody {
  readonly bytes: Buffer;
  readonly isPartial: boolean;
}

/** Asks about one request and calls back once; gives how to give it up. */
export type AskAuthorizer = (exchange: Exchange, body: ShownBody | undefined, done: (verdict: AuthorizerVerdict) => void) => () => void;
