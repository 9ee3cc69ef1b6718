import { MESH_ROOTS_SECRET } from '#mesh-core/domain/envoy/secret.ts';
import type { EnvoySecret } from '#mesh-core/domain/envoy/secret.ts';
import { servedKind } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import type { Clock } from '#mesh-core/runtime/clock.ts';
import type { Logger } from '#mesh-core/runtime/logger.ts';
import { AUTHORITY_REQUESTS, AUTHORITY_REQUESTS_NAME, ROOTS_CONFIG_MAP_NAME } from '#mesh-core/wire/xds/certificate-state.ts';
import type { CertificateStates } from '#mesh-core/wire/xds/certificate-state.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { CertificateLineages } from './certificate-lineages.ts';
import type { MeshTrust } from './mesh-trust.ts';
import { normalSerial } from './normal-serial.ts';
import { rootFingerprint } from './root-certificate.ts';

export interface AuthorityControlOptions {
  readonly trust: MeshTrust;
  readonly lineages: CertificateLineages;
  readonly store: ObjectStore;
  readonly rootNamespace: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Connected proxies that have not accepted the roots as of this resourceVersion, by id. */
  readonly proxiesBehind: (version: number) => readonly string[];
  /** Which proxies are connected by a credential of these. */
  readonly proxiesOf: (credentials: readonly string[]) => readonly string[];
  /** The roots or what signs has changed: the control plane's own listeners follow. */
  readonly onTrustChange: () => Promise<void>;
  /** Ends the streams that were opened with revoked credentials. */
  readonly onRevoked: () => void;
}

const CONFIG_MAP = servedKind('ConfigMap');
const ROTATION_ANNOTATION = 'binnacle.dev/root-rotation';
const LOOK_MS = 250;
const MANAGER = { name: 'istiod', operation: 'Update' } as const;

/**
 * Carries out what people ask of the authority by the ConfigMap `binnacle-ca`: a new root, step by step and each step only when
 * nobody is cut off by it, and revocations. The roots stand in the ConfigMap `istio-ca-root-cert`, whose resourceVersion
 * tells whether a proxy has them. What was begun goes on after a restart.
 */
export class AuthorityControl {
  readonly #options: AuthorityControlOptions;
  readonly #closers: (() => void)[] = [];
  #roots: EnvoySecret;
  #publishedAt = 0;
  #waitingFor: readonly string[] = [];
  #working: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: AuthorityControlOptions, roots: EnvoySecret) {
    this.#options = options;
    this.#roots = roots;
  }

  /** Publishes the roots and begins to follow the requests. */
  static async start(options: AuthorityControlOptions): Promise<AuthorityControl> {
    const control = new AuthorityControl(options, await rootsSecret(options));
    control.#publish();
    control.#closers.push(
      options.store.subscribe(({ kind, object }) => {
        if (kind === CONFIG_MAP && object.metadata.name === AUTHORITY_REQUESTS_NAME && object.metadata.namespace === options.rootNamespace) control.#look();
      }),
      options.clock.every(LOOK_MS, () => control.#look()),
    );
    control.#look();
    return control;
  }

  /** The mesh's roots as the secret ROOTCA, with the lists of what is revoked. */
  readonly secret = (name: string): EnvoySecret | undefined => (name === MESH_ROOTS_SECRET ? this.#roots : undefined);

  describe(): CertificateStates {
    const { trust, lineages, clock, proxiesOf } = this.#options;
    const time = (ms: number): string => new Date(ms).toISOString();
    const signs = rootFingerprint(trust.signer.root);
    return {
      stage: trust.stage,
      rotation: this.#begun(),
      waitingFor: this.#waitingFor,
      roots: trust.roots.map((root) => ({ fingerprint: rootFingerprint(root), subject: root.certificate.subject, notBefore: root.certificate.notBefore.toISOString(), notAfter: root.certificate.notAfter.toISOString(), signs: rootFingerprint(root) === signs })),
      certificates: lineages.all(clock.now()).map(({ newest, credentials, revokedAt }) => ({
        spiffeId: newest.spiffeId,
        proxies: proxiesOf(credentials),
        serialNumber: newest.serialNumber,
        notBefore: time(newest.notBefore),
        notAfter: time(newest.notAfter),
        root: newest.root,
        nextRotation: time((newest.notBefore + newest.notAfter) / 2),
        ...(revokedAt === undefined ? {} : { revokedAt: time(revokedAt) }),
      })),
    };
  }

  /** Stops following requests; resolves when a step that was begun is done. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const close of this.#closers) close();
    await this.#working;
  }

  #look(): void {
    this.#working = this.#working.then(() => this.#advance()).catch((error: unknown) => this.#options.log.error({ error: error instanceof Error ? error.stack : String(error) }, 'a step of the certificate authority failed; it is tried again'));
  }

  async #advance(): Promise<void> {
    if (this.#closed) return;
    await this.#revoke();
    const { trust, log, onTrustChange } = this.#options;
    const step = this.#nextStep();
    if (step === undefined) return;
    await { distribute: () => trust.distribute(), sign: () => trust.sign(), finish: () => trust.finish() }[step]();
    log.info({ stage: trust.stage, roots: trust.roots.map(rootFingerprint) }, 'the roots of the mesh have changed');
    this.#roots = await rootsSecret(this.#options);
    await onTrustChange();
    this.#publish(step === 'distribute' ? this.#request(AUTHORITY_REQUESTS.rotateRoot) : undefined);
  }

  #nextStep(): 'distribute' | 'sign' | 'finish' | undefined {
    const { trust, lineages, clock, proxiesBehind } = this.#options;
    if (trust.stage === 'stable') {
      this.#waitingFor = [];
      const wanted = this.#request(AUTHORITY_REQUESTS.rotateRoot);
      return wanted === '' || wanted === this.#begun() ? undefined : 'distribute';
    }
    const behind = proxiesBehind(this.#publishedAt).map((proxy) => `${proxy} to accept the roots`);
    if (trust.stage === 'distributing') {
      this.#waitingFor = behind;
      return behind.length === 0 ? 'sign' : undefined;
    }
    const signer = rootFingerprint(trust.signer.root);
    const byOld = lineages.all(clock.now()).filter(({ newest, revokedAt }) => revokedAt === undefined && newest.root !== signer);
    this.#waitingFor = [...behind, ...byOld.map(({ newest }) => `${newest.spiffeId} to renew ${newest.serialNumber} (ends ${new Date(newest.notAfter).toISOString()})`)];
    return this.#waitingFor.length === 0 ? 'finish' : undefined;
  }

  async #revoke(): Promise<void> {
    const { lineages, clock, log, onRevoked } = this.#options;
    const serials = this.#request(AUTHORITY_REQUESTS.revoke).split(/\s+/).filter(Boolean).map(normalSerial);
    const fresh = serials.filter((serial) => lineages.of(serial)?.revokedAt === undefined && lineages.revoke(serial, clock.now()));
    if (fresh.length === 0) return;
    log.warn({ serials: fresh }, 'certificates were revoked');
    this.#roots = await rootsSecret(this.#options);
    this.#publish();
    onRevoked();
  }

  #request(key: string): string {
    return this.#options.store.get(CONFIG_MAP, AUTHORITY_REQUESTS_NAME, this.#options.rootNamespace)?.data?.[key]?.trim() ?? '';
  }

  /** The request that the newest replacement was begun for. */
  #begun(): string {
    return this.#published()?.metadata.annotations?.[ROTATION_ANNOTATION] ?? '';
  }

  #published(): KubeObject | undefined {
    return this.#options.store.get(CONFIG_MAP, ROOTS_CONFIG_MAP_NAME, this.#options.rootNamespace);
  }

  #publish(rotation = this.#begun()): void {
    const { trust, store, rootNamespace: namespace, log } = this.#options;
    const crl = this.#roots.validationContext?.crl?.inlineString;
    const existing = this.#published();
    const object: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...existing?.metadata, name: ROOTS_CONFIG_MAP_NAME, namespace, labels: { ...existing?.metadata.labels, 'istio.io/config': 'true' }, annotations: { ...existing?.metadata.annotations, ...(rotation === '' ? {} : { [ROTATION_ANNOTATION]: rotation }) } },
      data: { 'root-cert.pem': trust.bundlePem, ...(crl === undefined ? {} : { 'ca-crl.pem': crl }) },
    };
    const outcome = existing === undefined ? store.create(CONFIG_MAP, object, { manager: MANAGER }) : store.update(CONFIG_MAP, object, { manager: MANAGER });
    if (outcome.ok) this.#publishedAt = Number(outcome.object.metadata.resourceVersion);
    else log.error({ reason: outcome.reason }, 'the roots of the mesh could not be published');
  }
}

async function rootsSecret({ trust, lineages, clock }: Pick<AuthorityControlOptions, 'trust' | 'lineages' | 'clock'>): Promise<EnvoySecret> {
  const revoked = lineages.all(clock.now()).flatMap(({ certificates, revokedAt }) => (revokedAt === undefined ? [] : certificates.map(({ serialNumber }) => ({ serialNumber, at: revokedAt }))));
  const crl = await trust.revocationLists(revoked);
  return { name: MESH_ROOTS_SECRET, validationContext: { trustedCa: { inlineString: trust.bundlePem }, ...(crl === undefined ? {} : { crl: { inlineString: crl } }) } };
}
