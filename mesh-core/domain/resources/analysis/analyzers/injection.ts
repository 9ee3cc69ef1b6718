import type { KubeObject } from '../../kube-object.ts';
import type { AnalysisInput } from '../analysis-input.ts';
import { fullNameOf } from '../analysis-message.ts';
import type { Report } from '../analysis-message.ts';
import { proxyImage } from '../mesh-membership.ts';
import type { PodSpec } from '../mesh-membership.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

const INJECTION = 'istio-injection';
const REVISION = 'istio.io/rev';
const DATAPLANE_MODE = 'istio.io/dataplane-mode';
const INJECT = 'sidecar.istio.io/inject';

/** IST0102, IST0103, IST0123 and IST0148: which namespaces and pods get a sidecar. Source: injection/injection.go. */
export const injection: Analyzer = {
  name: 'injection.Analyzer',
  kinds: ['Namespace', 'Pod'],
  analyze(input, report) {
    const injected = new Set<string>();
    let byDefault = false;
    for (const object of input.all('Namespace')) {
      if (object.metadata.name === 'istio-system') continue;
      const labels = object.metadata.labels ?? {};
      checkLabels(object, report);
      if (labels[DATAPLANE_MODE] === 'ambient') continue;
      byDefault = injectsByDefault(labels[REVISION] ?? '', input) ?? byDefault;
      const own = labels[INJECTION] ?? '';
      if (own === '' && labels[REVISION] === undefined) {
        const { name } = object.metadata;
        report(object, byDefault ? messages.namespaceInjectionEnabledByDefault() : messages.namespaceNotInjected(name, name));
      } else if (own === 'enabled') injected.add(object.metadata.name);
    }
    for (const object of input.all('Pod')) if (injected.has(object.metadata.namespace ?? '')) checkPod(object, report);
  },
};

function checkLabels(object: KubeObject, report: Report): void {
  const labels = object.metadata.labels ?? {};
  const others = labels[INJECTION] === undefined || labels[INJECTION] === 'enabled' ? [REVISION, DATAPLANE_MODE] : [];
  const texts = [INJECTION, ...others].flatMap((name) => (labels[name] === undefined ? [] : [`${name}=${labels[name]}`]));
  if (texts.length > 1) report(object, messages.namespaceMultipleInjectionLabels(texts), { path: 'metadata.labels' });
}

function checkPod(object: KubeObject, report: Report): void {
  const spec = (object.spec ?? {}) as PodSpec;
  const choice = object.metadata.labels?.[INJECT] ?? object.metadata.annotations?.[INJECT] ?? '';
  if (choice.toLowerCase() === 'false' || spec.hostNetwork === true) return;
  if (proxyImage(spec) === '') report(object, messages.podMissingProxy(fullNameOf(object)));
}

/** Name of the ConfigMap that a revision's injector reads. */
export function injectorConfigMap(revision: string): string {
  return revision === '' || revision === 'default' ? 'istio-sidecar-injector' : `istio-sidecar-injector-${revision}`;
}

/** The values of an injector's ConfigMap; undefined for what is no JSON object. */
export function injectorValues({ data = {} }: KubeObject): Readonly<Record<string, unknown>> | undefined {
  try {
    const values: unknown = JSON.parse(data['values'] ?? '');
    return typeof values === 'object' && values !== null ? (values as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // A ConfigMap that Istio's injector could not read either.
    return undefined;
  }
}

function injectsByDefault(revision: string, input: AnalysisInput): boolean | undefined {
  const map = input.all('ConfigMap').find(({ metadata }) => metadata.name === injectorConfigMap(revision));
  if (map === undefined) return undefined;
  const webhook = injectorValues(map)?.['sidecarInjectorWebhook'] as { readonly enableNamespacesByDefault?: boolean } | undefined;
  return webhook?.enableNamespacesByDefault === true;
}
