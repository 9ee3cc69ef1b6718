import { parse as parseYaml, stringify as toYaml } from 'yaml';
import { parseDuration } from '#mesh-core/domain/resources/go-duration.ts';
import type { DefaultProviders, ExtensionProvider } from '#mesh-core/domain/translate/mesh-providers.ts';
import { DEFAULT_MESH_SETTINGS } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { MeshSettings } from '#mesh-core/domain/translate/mesh-snapshot.ts';

/** The ConfigMap with Istio's MeshConfig, in the root namespace; its text is under `mesh`. */
export const MESH_CONFIG_NAME = 'istio';

/** What of the mesh configuration the control plane itself decides, at each start. */
export interface MeshAddresses {
  readonly trustDomain: string;
  readonly rootNamespace: string;
  /** `127.0.0.1:15012` */
  readonly discoveryAddress: string;
  /** Of the OTLP receiver on 127.0.0.1; 0 = none is known, and proxies send no spans. */
  readonly otlpPort: number;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The text under `mesh` of the ConfigMap `istio` (Istio's MeshConfig): what is there already, with the addresses of this start. Text
 * that is no mapping is replaced.
 */
export function meshConfigText(existing: string | undefined, { trustDomain, rootNamespace, discoveryAddress, otlpPort }: MeshAddresses): string {
  const before = existing === undefined ? {} : (parsed(existing) ?? {});
  const providers = (Array.isArray(before['extensionProviders']) ? before['extensionProviders'] : []).filter((provider: unknown) => fieldsOf(provider)['name'] !== 'otlp');
  const defaultConfig = fieldsOf(before['defaultConfig']);
  return toYaml({
    outboundTrafficPolicy: { mode: DEFAULT_MESH_SETTINGS.outboundTrafficPolicy },
    ...(otlpPort === 0 ? undefined : { defaultProviders: { tracing: ['otlp'] } }),
    ...before,
    trustDomain,
    rootNamespace,
    // On one machine every trace is kept, unless somebody says otherwise.
    defaultConfig: { tracing: { sampling: 100 }, ...defaultConfig, discoveryAddress },
    extensionProviders: [...(otlpPort === 0 ? [] : [{ name: 'otlp', opentelemetry: { service: '127.0.0.1', port: otlpPort, http: { path: '/v1/traces' } } }]), ...providers],
  });
}

/**
 * The settings that translation obeys; what the text does not say (or says wrongly) is as by default. A control plane knows its trust
 * domain and root namespace, whatever the text says; without `fixed` they are read from it.
 */
export function readMeshSettings(text: string | undefined, fixed?: Pick<MeshSettings, 'trustDomain' | 'rootNamespace'>): MeshSettings {
  const mesh = (text === undefined ? undefined : parsed(text)) ?? {};
  const { trustDomain, rootNamespace } = mesh;
  const { mode } = fieldsOf(mesh['outboundTrafficPolicy']);
  const { sampling } = fieldsOf(fieldsOf(mesh['defaultConfig'])['tracing']);
  const { normalization } = fieldsOf(mesh['pathNormalization']);
  const { enableTracing, accessLogFile, accessLogFormat, accessLogEncoding } = mesh;
  return {
    trustDomain: fixed?.trustDomain ?? (typeof trustDomain === 'string' && trustDomain !== '' ? trustDomain : DEFAULT_MESH_SETTINGS.trustDomain),
    rootNamespace: fixed?.rootNamespace ?? (typeof rootNamespace === 'string' && rootNamespace !== '' ? rootNamespace : DEFAULT_MESH_SETTINGS.rootNamespace),
    outboundTrafficPolicy: mode === 'ALLOW_ANY' || mode === 'REGISTRY_ONLY' ? mode : DEFAULT_MESH_SETTINGS.outboundTrafficPolicy,
    ...given('trustDomainAliases', textsOf(mesh['trustDomainAliases'])),
    ...given('defaultHttpRetryPolicy', retriesOf(mesh['defaultHttpRetryPolicy'])),
    ...given('connectTimeout', durationOf(mesh['connectTimeout'])),
    ...given('extensionProviders', providersOf(mesh['extensionProviders'])),
    ...given('defaultProviders', defaultProvidersOf(mesh['defaultProviders'])),
    ...given('pathNormalization', PATH_NORMALIZATIONS.find((known) => known === normalization)),
    ...given('enableTracing', typeof enableTracing === 'boolean' ? enableTracing : undefined),
    ...given('traceSamplingPercent', typeof sampling === 'number' && sampling >= 0 && sampling <= 100 ? sampling : undefined),
    ...given('accessLogFile', typeof accessLogFile === 'string' ? accessLogFile : undefined),
    ...given('accessLogFormat', typeof accessLogFormat === 'string' ? accessLogFormat : undefined),
    ...given('accessLogEncoding', accessLogEncoding === 'TEXT' || accessLogEncoding === 'JSON' ? accessLogEncoding : undefined),
  };
}

const PATH_NORMALIZATIONS = ['DEFAULT', 'NONE', 'BASE', 'MERGE_SLASHES', 'DECODE_AND_MERGE_SLASHES'] as const;

function given<Field extends keyof MeshSettings>(field: Field, value: MeshSettings[Field] | undefined): Partial<MeshSettings> {
  return value === undefined ? {} : { [field]: value };
}

/** A retry policy whose fields have the types of their schema; others are left out. */
function retriesOf(value: unknown): MeshSettings['defaultHttpRetryPolicy'] {
  if (value === undefined) return undefined;
  const { attempts, perTryTimeout, retryOn, backoff, retryRemoteLocalities } = fieldsOf(value);
  const [timeout, pause] = [durationOf(perTryTimeout), durationOf(backoff)];
  return {
    ...(typeof attempts === 'number' && Number.isInteger(attempts) && attempts >= 0 ? { attempts } : undefined),
    ...(timeout === undefined ? undefined : { perTryTimeout: timeout }),
    ...(typeof retryOn === 'string' ? { retryOn } : undefined),
    ...(pause === undefined ? undefined : { backoff: pause }),
    ...(typeof retryRemoteLocalities === 'boolean' ? { retryRemoteLocalities } : undefined),
  };
}

function durationOf(value: unknown): string | undefined {
  return typeof value === 'string' && parseDuration(value) !== undefined ? value : undefined;
}

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : undefined;
}

function defaultProvidersOf(value: unknown): DefaultProviders | undefined {
  if (value === undefined) return undefined;
  const fields = fieldsOf(value);
  const lists = (['tracing', 'metrics', 'accessLogging'] as const).flatMap((field) => {
    const names = textsOf(fields[field]);
    return names === undefined ? [] : [[field, names] as const];
  });
  return Object.fromEntries(lists);
}

/** Providers with a name; their fields are looked at by whoever uses one. Safe to type so, as every field is optional and checked there. */
function providersOf(value: unknown): readonly ExtensionProvider[] | undefined {
  return Array.isArray(value) ? value.map(fieldsOf).filter((provider) => typeof provider['name'] === 'string').map((provider) => provider as unknown as ExtensionProvider) : undefined;
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = parseYaml(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? fieldsOf(value) : undefined;
  } catch {
    // Somebody's broken edit must not keep the mesh from starting.
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
