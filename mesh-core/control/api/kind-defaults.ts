import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { isJsonObject } from './merge-patch.ts';

/**
 * The object with the defaults that Kubernetes fills in and its clients read: a Service's type, protocol and target ports, a Secret's type and its
 * `stringData` as `data`. What has an unexpected shape is left to the validator.
 */
export function withKindDefaults(kind: KindInfo, object: KubeObject): KubeObject {
  switch (kind.id) {
    case 'Service':
      return isJsonObject(object.spec) ? { ...object, spec: serviceSpec(object.spec) } : object;
    case 'Secret':
      return secret(object);
    default:
      return object;
  }
}

function serviceSpec(spec: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const type = spec['type'] ?? 'ClusterIP';
  const ports = Array.isArray(spec['ports']) ? spec['ports'].map((port: unknown) => (isJsonObject(port) ? portDefaults(port, type) : port)) : spec['ports'];
  return { ...spec, type, ...(ports === undefined ? {} : { ports }) };
}

function portDefaults(port: Readonly<Record<string, unknown>>, type: unknown): Readonly<Record<string, unknown>> {
  const { name, protocol, port: number, targetPort, ...rest } = port;
  return {
    ...(name === undefined ? {} : { name }),
    protocol: protocol ?? 'TCP',
    ...(number === undefined ? {} : { port: number }),
    ...(targetPort === undefined && (number === undefined || type === 'ExternalName') ? {} : { targetPort: targetPort ?? number }),
    ...rest,
  };
}

function secret(object: KubeObject): KubeObject {
  const { stringData, type, ...rest }: KubeObject & { readonly stringData?: unknown; readonly type?: unknown } = object;
  const typed = Object.assign({}, rest, { type: typeof type === 'string' && type !== '' ? type : 'Opaque' });
  if (!isJsonObject(stringData)) return typed;
  const encoded = Object.entries(stringData).flatMap(([key, text]) => (typeof text === 'string' ? [[key, Buffer.from(text).toString('base64')]] : []));
  return { ...typed, data: { ...rest.data, ...(Object.fromEntries(encoded) as Record<string, string>) } };
}
