/**
 * The extension providers of MeshConfig that this mesh obeys, by the field that is set. Others are kept by name only.
 * Source: istio/api mesh/v1alpha1 config.proto, MeshConfig.ExtensionProvider.
 */
export interface ExtensionProvider {
  readonly name: string;
  readonly envoyExtAuthzHttp?: ExtAuthzHttpProvider;
  readonly envoyExtAuthzGrpc?: ExtAuthzGrpcProvider;
  readonly envoyFileAccessLog?: FileAccessLogProvider;
  readonly opentelemetry?: TracingProvider;
  readonly zipkin?: TracingProvider;
  readonly prometheus?: Readonly<Record<string, never>>;
}
export interface ExtAuthzService {
  /** `[namespace/]host` of a service of the mesh. */
  readonly service?: string;
  readonly port?: number;
  /** Duration; absent = 600s. */
  readonly timeout?: string;
  readonly failOpen?: boolean;
  /** An HTTP status in decimal. */
  readonly statusOnError?: string;
  readonly includeRequestBodyInCheck?: { readonly maxRequestBytes?: number; readonly allowPartialMessage?: boolean; readonly packAsBytes?: boolean };
}
export interface ExtAuthzHttpProvider extends ExtAuthzService {
  readonly pathPrefix?: string;
  readonly includeRequestHeadersInCheck?: readonly string[];
  /** Deprecated; used when `includeRequestHeadersInCheck` is empty. */
  readonly includeHeadersInCheck?: readonly string[];
  readonly includeAdditionalHeadersInCheck?: Readonly<Record<string, string>>;
  readonly headersToUpstreamOnAllow?: readonly string[];
  readonly headersToDownstreamOnDeny?: readonly string[];
  readonly headersToDownstreamOnAllow?: readonly string[];
}
export type ExtAuthzGrpcProvider = ExtAuthzService;
export interface FileAccessLogProvider {
  /** Absent = `/dev/stdout`. */
  readonly path?: string;
  /** Text with command operators, or labels for JSON; absent = Istio's text. */
  readonly logFormat?: { readonly text?: string; readonly labels?: Readonly<Record<string, unknown>> };
  readonly omitEmptyValues?: boolean;
}
export interface TracingProvider {
  readonly service?: string;
  readonly port?: number;
  readonly maxTagLength?: number;
  readonly http?: { readonly path?: string; readonly timeout?: string };
}
/** Which providers are used where nothing names one. */
export interface DefaultProviders {
  readonly tracing?: readonly string[];
  readonly metrics?: readonly string[];
  readonly accessLogging?: readonly string[];
}

/** What every mesh has without saying so. Source: istiod's DefaultMeshConfig. */
export const BUILT_IN_PROVIDERS: readonly ExtensionProvider[] = [
  { name: 'prometheus', prometheus: {} },
  { name: 'envoy', envoyFileAccessLog: { path: '/dev/stdout' } },
];

/** The provider of a name, in any case as in istiod's telemetry; undefined when none has it. */
export function providerNamed(providers: readonly ExtensionProvider[], name: string): ExtensionProvider | undefined {
  const wanted = name.toLowerCase();
  return providers.find((provider) => provider.name.toLowerCase() === wanted);
}
