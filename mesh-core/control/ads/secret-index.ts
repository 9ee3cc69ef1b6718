import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import type { Secret } from '#mesh-core/domain/resources/core.ts';
import { mayReceiveSecret } from '#mesh-core/domain/secrets/may-receive-secret.ts';
import type { SecretRequester } from '#mesh-core/domain/secrets/may-receive-secret.ts';
import { parseSecretName } from '#mesh-core/domain/secrets/secret-name.ts';
import { secretResource } from '#mesh-core/domain/secrets/secret-resource.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import type { ResourceEncoder } from './encode-configuration.ts';
import type { ResourceIndex, VersionedResource } from './resource-index.ts';

export interface SecretIndexOptions {
  readonly snapshot: MeshSnapshot;
  readonly requester: () => SecretRequester;
  readonly encoder: ResourceEncoder;
  /** Secrets that are not objects of the mesh: its roots. */
  readonly builtIn: (name: string) => EnvoySecret | undefined;
  readonly log: Logger;
}

const byNames = new WeakMap<readonly Secret[], ReadonlyMap<string, Secret>>();

/**
 * The secrets one proxy may have, made as they are asked for: a name that it may not have or that does not exist is absent,
 * and the log says why. One bad reference does not keep the others away.
 */
export class SecretIndex implements ResourceIndex {
  readonly #options: SecretIndexOptions;
  readonly #known = new Map<string, VersionedResource | undefined>();

  constructor(options: SecretIndexOptions) {
    this.#options = options;
  }

  get(name: string): VersionedResource | undefined {
    if (!this.#known.has(name)) this.#known.set(name, this.#make(name));
    return this.#known.get(name);
  }

  /** Those asked for so far. */
  keys(): Iterable<string> {
    return [...this.#known].flatMap(([name, resource]) => (resource === undefined ? [] : [name]));
  }

  values(): Iterable<VersionedResource> {
    return [...this.#known.values()].filter((resource) => resource !== undefined);
  }

  #make(name: string): VersionedResource | undefined {
    const { snapshot, requester, encoder, builtIn, log } = this.#options;
    const own = builtIn(name);
    if (own !== undefined) return encoder.one('secret', name, own);
    const who = requester();
    const reference = parseSecretName(name, who.identity.namespace);
    if (reference === undefined) {
      log.warn({ secret: name }, 'a proxy asked for a secret by a name that is none');
      return undefined;
    }
    const verdict = mayReceiveSecret(reference, who, snapshot);
    const result = verdict.ok ? secretResource(name, reference, (namespace, plain) => secretsByName(snapshot.secrets).get(`${namespace}/${plain}`)) : verdict;
    if (result.ok) return encoder.one('secret', name, result.secret);
    log.warn({ secret: name, identity: who.identity, reason: result.reason }, 'a proxy asked for a secret that it does not get');
    return undefined;
  }
}

function secretsByName(secrets: readonly Secret[]): ReadonlyMap<string, Secret> {
  let known = byNames.get(secrets);
  if (known === undefined) {
    known = new Map(secrets.map((secret) => [`${secret.metadata.namespace ?? 'default'}/${secret.metadata.name}`, secret]));
    byNames.set(secrets, known);
  }
  return known;
}
