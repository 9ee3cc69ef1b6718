import type { MetadataMatcher, RbacRules, RouteMatch, StringMatcher } from './resources.ts';

/**
 * Filters of authorization and authentication as proto3 JSON; only the fields this mesh emits or obeys.
 * Source: envoy.extensions.filters.{network.rbac,http.ext_authz,network.ext_authz,http.jwt_authn}.v3.
 */
export const SECURITY_TYPE_URLS = {
  networkRbac: 'type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC',
  extAuthz: 'type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz',
  networkExtAuthz: 'type.googleapis.com/envoy.extensions.filters.network.ext_authz.v3.ExtAuthz',
  jwtAuthn: 'type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication',
} as const;

/** Names of the filters, which are also the keys of what they leave in a request's dynamic metadata. */
export const HTTP_RBAC = 'envoy.filters.http.rbac';
export const NETWORK_RBAC = 'envoy.filters.network.rbac';
export const JWT_AUTHN = 'envoy.filters.http.jwt_authn';
/** Where RBAC notes the effect of shadow rules, after their stat prefix. */
export const SHADOW_POLICY_ID = 'shadow_effective_policy_id';
export const SHADOW_RESULT = 'shadow_engine_result';

/** RBAC on a TCP connection. */
export interface NetworkRbacFilter {
  readonly '@type': typeof SECURITY_TYPE_URLS.networkRbac;
  readonly rules?: RbacRules;
  readonly shadowRules?: RbacRules;
  readonly shadowRulesStatPrefix?: string;
  readonly statPrefix: string;
}

export interface GrpcServiceRef {
  readonly envoyGrpc: { readonly clusterName: string; readonly authority?: string };
  readonly timeout?: string;
}
export interface ListStringMatcher { readonly patterns: readonly StringMatcher[] }
/** The HTTP service that is asked about a request. */
export interface ExtAuthzHttpService {
  readonly serverUri: { readonly uri: string; readonly cluster: string; readonly timeout: string };
  readonly pathPrefix?: string;
  readonly authorizationRequest?: { readonly headersToAdd?: readonly { readonly key: string; readonly value: string }[] };
  readonly authorizationResponse?: { readonly allowedUpstreamHeaders?: ListStringMatcher; readonly allowedClientHeaders?: ListStringMatcher; readonly allowedClientHeadersOnSuccess?: ListStringMatcher };
}
/** Asks another service whether a request may pass; `filterEnabledMetadata` says which requests. */
export interface ExtAuthzFilter {
  readonly '@type': typeof SECURITY_TYPE_URLS.extAuthz;
  readonly httpService?: ExtAuthzHttpService;
  readonly grpcService?: GrpcServiceRef;
  readonly transportApiVersion?: 'V3';
  readonly failureModeAllow?: boolean;
  readonly statusOnError?: { readonly code: string };
  readonly filterEnabledMetadata?: MetadataMatcher;
  readonly allowedHeaders?: ListStringMatcher;
  readonly withRequestBody?: { readonly maxRequestBytes?: number; readonly allowPartialMessage?: boolean; readonly packAsBytes?: boolean };
}
/** The same on a TCP connection; gRPC only. */
export interface NetworkExtAuthzFilter {
  readonly '@type': typeof SECURITY_TYPE_URLS.networkExtAuthz;
  readonly statPrefix: string;
  readonly grpcService: GrpcServiceRef;
  readonly failureModeAllow?: boolean;
  readonly transportApiVersion?: 'V3';
  readonly filterEnabledMetadata?: MetadataMatcher;
}

/** One issuer of tokens. */
export interface JwtProvider {
  readonly issuer?: string;
  readonly audiences?: readonly string[];
  readonly localJwks?: { readonly inlineString: string };
  readonly remoteJwks?: { readonly httpUri: { readonly uri: string; readonly cluster: string; readonly timeout: string }; readonly cacheDuration?: string };
  readonly forward?: boolean;
  readonly fromHeaders?: readonly { readonly name: string; readonly valuePrefix?: string }[];
  readonly fromParams?: readonly string[];
  readonly fromCookies?: readonly string[];
  readonly forwardPayloadHeader?: string;
  readonly payloadInMetadata?: string;
  readonly normalizePayloadInMetadata?: { readonly spaceDelimitedClaims: readonly string[] };
  readonly claimToHeaders?: readonly { readonly headerName: string; readonly claimName: string }[];
  readonly clearRouteCache?: boolean;
  /** Absent = 60. */
  readonly clockSkewSeconds?: number;
}
/** What is asked of a request; exactly one of the fields. */
export interface JwtRequirement {
  readonly providerName?: string;
  readonly requiresAny?: { readonly requirements: readonly JwtRequirement[] };
  readonly requiresAll?: { readonly requirements: readonly JwtRequirement[] };
  readonly allowMissing?: Readonly<Record<string, never>>;
  readonly allowMissingOrFailed?: Readonly<Record<string, never>>;
}
export interface JwtAuthnFilter {
  readonly '@type': typeof SECURITY_TYPE_URLS.jwtAuthn;
  readonly providers: Readonly<Record<string, JwtProvider>>;
  readonly rules: readonly { readonly match: RouteMatch; readonly requires?: JwtRequirement }[];
  readonly bypassCorsPreflight?: boolean;
}
