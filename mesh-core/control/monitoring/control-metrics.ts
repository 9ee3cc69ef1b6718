import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import type { AdsMetrics } from '../ads/proxy-stream.ts';
import type { ApiObservation } from '../api/api-server.ts';
import type { SigningOutcome } from '../ca/certificate-handler.ts';
import type { RegistrationEvent } from '../registry/auto-registration.ts';
import type { StoreChange } from '../store/store-change.ts';

/** Numbers that are read when somebody scrapes. */
export interface LiveNumbers {
  /** Connected proxies by the version they run. */
  connections(): ReadonlyMap<string, number>;
  readonly services: () => number;
  readonly virtualServices: () => number;
  /** End of the root that signs, Unix ms. */
  readonly rootNotAfter: () => number;
}

const SHORT: Readonly<Record<ResourceType, string>> = { cluster: 'cds', endpoint: 'eds', listener: 'lds', route: 'rds', secret: 'sds' };
const EVENTS = { ADDED: 'add', MODIFIED: 'update', DELETED: 'delete' } as const;
/** Istio's buckets, with finer ones below: on one machine nearly everything converges within its first. */
const CONVERGENCE_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 5, 10, 20, 30];

/** The control plane's metrics, under istiod's names so that its dashboards work; process metrics under Prometheus's. */
export class ControlMetrics implements AdsMetrics {
  readonly registry = new Registry();
  readonly #pushes = this.#counter('pilot_xds_pushes', 'Responses sent to proxies, by type.', ['type']);
  readonly #rejects = this.#counter('pilot_total_xds_rejects', 'Responses that proxies refused, by type.', ['type']);
  readonly #internalErrors = this.#counter('pilot_total_xds_internal_errors', 'Configurations that could not be made.');
  readonly #triggers = this.#counter('pilot_push_triggers', 'Rounds of pushes to all proxies.', ['type']);
  readonly #configEvents = this.#counter('pilot_k8s_cfg_events', 'Changes of configuration objects, by kind and event.', ['type', 'event']);
  readonly #registryEvents = this.#counter('pilot_k8s_reg_events', 'Changes of registry objects, by kind and event.', ['type', 'event']);
  readonly #csrs = this.#counter('citadel_server_csr_count', 'Certificate signing requests received.');
  readonly #issued = this.#counter('citadel_server_success_cert_issuance_count', 'Certificates issued.');
  readonly #unauthenticated = this.#counter('citadel_server_authentication_failure_count', 'Callers that could not prove who they are.');
  readonly #signErrors = this.#counter('citadel_server_csr_sign_err_count', 'Certificate signing requests that were not signed.', ['error']);
  readonly #apiRequests = this.#counter('apiserver_request_total', 'Finished requests to the Kubernetes API.', ['verb', 'resource', 'code']);
  readonly #validation = { passed: this.#counter('galley_validation_passed', 'Objects that validation took.', ['resource']), failed: this.#counter('galley_validation_failed', 'Objects that validation refused.', ['resource']) };
  readonly #registrations: Readonly<Record<RegistrationEvent, Counter>> = {
    success: this.#counter('auto_registration_success_total', 'Workloads that registered.'),
    updates: this.#counter('auto_registration_updates_total', 'Registrations that changed an existing entry.'),
    unregister: this.#counter('auto_registration_unregister_total', 'Workloads whose last stream ended.'),
    deletes: this.#counter('auto_registration_deletes_total', 'Entries removed after the grace period.'),
    errors: this.#counter('auto_registration_errors_total', 'Workloads that could not be registered.'),
  };
  readonly #convergence = new Histogram({ name: 'pilot_proxy_convergence_time', help: 'Seconds from a stored change to a proxy having accepted all of it.', buckets: CONVERGENCE_BUCKETS, registers: [this.registry] });
  readonly #apiSeconds = new Histogram({ name: 'apiserver_request_duration_seconds', help: 'Duration of requests to the Kubernetes API, without watches.', labelNames: ['verb'], buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5], registers: [this.registry] });

  readonly #version: string;

  constructor(version: string) {
    this.#version = version;
    collectDefaultMetrics({ register: this.registry });
    new Gauge({ name: 'pilot_info', help: 'Always 1; the version of the control plane.', labelNames: ['version'], registers: [this.registry] }).set({ version }, 1);
  }

  /** Adds the gauges that look at the running parts. */
  observe(live: LiveNumbers): void {
    const registers = [this.registry];
    const controlVersion = this.#version;
    new Gauge({
      name: 'pilot_xds',
      help: 'Proxies connected, by the version they run.',
      labelNames: ['version'],
      registers,
      collect() {
        this.reset();
        // A panel must show 0, not nothing, while no proxy is connected.
        this.set({ version: controlVersion }, 0);
        for (const [version, count] of live.connections()) this.set({ version }, count);
      },
    });
    new Gauge({
      name: 'pilot_services',
      help: 'Services known.',
      registers,
      collect() {
        this.set(live.services());
      },
    });
    new Gauge({
      name: 'pilot_virt_services',
      help: 'VirtualServices known.',
      registers,
      collect() {
        this.set(live.virtualServices());
      },
    });
    new Gauge({
      name: 'citadel_server_root_cert_expiry_timestamp',
      help: 'Unix time at which the mesh root ends.',
      registers,
      collect() {
        this.set(live.rootNotAfter() / 1000);
      },
    });
  }

  pushed(type: ResourceType): void {
    this.#pushes.inc({ type: SHORT[type] });
  }
  rejected(type: ResourceType): void {
    this.#rejects.inc({ type: SHORT[type] });
  }
  converged(seconds: number): void {
    this.#convergence.observe(seconds);
  }
  translationFailed(): void {
    this.#internalErrors.inc();
  }
  triggered(): void {
    this.#triggers.inc({ type: 'config' });
  }
  authenticationFailed(): void {
    this.#unauthenticated.inc();
  }
  registration(event: RegistrationEvent): void {
    this.#registrations[event].inc();
  }
  validated(resource: string, passed: boolean): void {
    this.#validation[passed ? 'passed' : 'failed'].inc({ resource });
  }
  signed(outcome: SigningOutcome): void {
    this.#csrs.inc();
    if (outcome === 'issued') this.#issued.inc();
    else if (outcome === 'unauthenticated') this.#unauthenticated.inc();
    else this.#signErrors.inc({ error: outcome });
  }
  stored({ kind, type }: StoreChange): void {
    const counter = kind.group === '' ? this.#registryEvents : this.#configEvents;
    counter.inc({ type: kind.kind, event: EVENTS[type] });
  }
  answered({ method, resource, watch, code, seconds }: ApiObservation): void {
    const verb = watch ? 'WATCH' : method;
    this.#apiRequests.inc({ verb, resource, code: String(code) });
    if (!watch) this.#apiSeconds.observe({ verb }, seconds);
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }
}
