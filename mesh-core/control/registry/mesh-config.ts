import { parse as parseYaml, stringify as toYaml } from 'yaml';
import { DEFAULT_MESH_SETTINGS } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { MeshSettings } from '#mesh-core/domain/translate/mesh-snapshot.ts';

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
  return toYaml({
    outboundTrafficPolicy: { mode: DEFAULT_MESH_SETTINGS.outboundTrafficPolicy },
    ...before,
    trustDomain,
    rootNamespace,
    defaultConfig: { ...fieldsOf(before['defaultConfig']), discoveryAddress },
    extensionProviders: [...(otlpPort === 0 ? [] : [{ name: 'otlp', opentelemetry: { service: '127.0.0.1', port: otlpPort, http: { path: '/v1/traces' } } }]), ...providers],
  });
}

/** The settings that translation obeys; what the text does not say (or says wrongly) is as by default. */
export function readMeshSettings(text: string | undefined, fixed: Pick<MeshSettings, 'trustDomain' | 'rootNamespace'>): MeshSettings {
  const mode = fieldsOf((text === undefined ? undefined : parsed(text))?.['outboundTrafficPolicy'])['mode'];
  return { ...fixed, outboundTrafficPolicy: mode === 'ALLOW_ANY' || mode === 'REGISTRY_ONLY' ? mode : DEFAULT_MESH_SETTINGS.outboundTrafficPolicy };
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
