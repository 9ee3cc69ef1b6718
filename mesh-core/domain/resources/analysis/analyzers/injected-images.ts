import type { KubeObject } from '../../kube-object.ts';
import { satisfiesSelector } from '../kube-selector.ts';
import type { KubeSelector } from '../kube-selector.ts';
import { matchesLabels } from '../../label-selector.ts';
import type { ProxyConfig } from '../../proxy-extensions.ts';
import type { AnalysisInput } from '../analysis-input.ts';
import { allContainers } from '../mesh-membership.ts';
import type { PodSpec } from '../mesh-membership.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';
import type { Deployment } from './deployments.ts';
import { injectorConfigMap, injectorValues } from './injection.ts';

/** IST0158: pods whose proxy is of another version than their injector would give them. Source: injection/injection-image.go. */
export const injectedImages: Analyzer = {
  name: 'injection.ImageAnalyzer',
  kinds: ['Namespace'],
  analyze(input, report) {
    const images = new Map(input.all('ConfigMap').filter(({ metadata }) => metadata.name.startsWith('istio-sidecar-injector')).map((map) => [map.metadata.name, imageOf(map)]));
    for (const namespace of images.size === 0 ? [] : input.all('Namespace')) {
      const labels = namespace.metadata.labels ?? {};
      const revision = labels['istio.io/rev'] ?? (labels['istio-injection'] === 'enabled' ? 'default' : undefined);
      const image = revision === undefined ? undefined : images.get(injectorConfigMap(revision));
      if (image === undefined) continue;
      const pods = input.all('Pod').filter((pod) => pod.metadata.namespace === namespace.metadata.name && differs(pod, image, input));
      if (pods.length > 0) report(namespace, messages.podsIstioProxyImageMismatchInNamespace(pods.map(({ metadata }) => metadata.name).toSorted()));
    }
  },
};

function imageOf(map: KubeObject): string {
  const { hub = '', tag = '', proxy } = (injectorValues(map)?.['global'] ?? {}) as { readonly hub?: string; readonly tag?: string | number; readonly proxy?: { readonly image?: string } };
  const { image = '' } = proxy ?? {};
  return image.includes('/') ? image : `${hub}/${image}:${tag}`;
}

function differs(pod: KubeObject, image: string, input: AnalysisInput): boolean {
  if ((pod.metadata.annotations?.['sidecar.istio.io/proxyImage'] ?? '') !== '') return false;
  const accepted = [image, `${image}-${imageType(pod, input)}`];
  return allContainers((pod.spec ?? {}) as PodSpec).some((container) => container.name === 'istio-proxy' && !accepted.includes(container.image ?? ''));
}

/** Variant of the proxy's image: mesh, then namespace, workload and the pod's own annotation; the later counts. */
function imageType(pod: KubeObject, input: AnalysisInput): string {
  const root = input.meshConfig.rootNamespace ?? 'istio-system';
  const configs = input.all<ProxyConfig>('ProxyConfig');
  const typesOf = (of: readonly ProxyConfig[]): (string | undefined)[] => of.map(({ spec }) => spec?.image?.imageType);
  const own = configs.filter(({ metadata }) => metadata.namespace === pod.metadata.namespace);
  const annotated = /imageType:\s*"?([\w-]+)/.exec(pod.metadata.annotations?.['proxy.istio.io/config'] ?? '')?.[1];
  const types = [
    input.meshConfig.defaultConfig?.image?.imageType,
    ...typesOf(configs.filter(({ metadata }) => metadata.namespace === root)),
    ...typesOf(own.filter(({ spec }) => spec?.selector === undefined)),
    ...typesOf(own.filter(({ spec }) => spec?.selector !== undefined && matchesLabels(spec.selector.matchLabels, pod.metadata.labels))),
    annotated,
  ];
  const type = types.findLast((candidate) => candidate !== undefined && candidate !== '') ?? '';
  return type === 'default' ? '' : type;
}

/** One webhook of a Mutating- or ValidatingWebhookConfiguration; its hooks stand beside metadata, not in a spec. */
export type WebhookConfiguration = KubeObject & { readonly webhooks?: readonly Webhook[] };
export interface Webhook {
  readonly name?: string;
  readonly namespaceSelector?: KubeSelector;
  readonly objectSelector?: KubeSelector;
  readonly clientConfig?: { readonly url?: string | null; readonly service?: { readonly name?: string; readonly namespace?: string } };
}

/** IST0146 and IST0147: `image: auto` where no injector replaces it. Source: injection/image-auto.go. */
export const autoImages: Analyzer = {
  name: 'injection.ImageAutoAnalyzer',
  kinds: ['Pod', 'Deployment'],
  analyze(input, report) {
    const hooks = input.all<WebhookConfiguration>('MutatingWebhookConfiguration').flatMap(({ webhooks = [] }) => webhooks.filter(({ name = '' }) => name.endsWith('istio.io')));
    for (const object of input.all('Pod')) if (hasAutoImage((object.spec ?? {}) as PodSpec)) report(object, messages.imageAutoWithoutInjectionError('Pod', object.metadata.name));
    for (const object of input.all<Deployment>('Deployment')) {
      const { metadata, spec = {} } = object.spec?.template ?? {};
      if (!hasAutoImage(spec)) continue;
      const { namespace = '' } = object.metadata;
      const labels = input.find('Namespace', '', namespace === '' ? 'default' : namespace)?.metadata.labels;
      const injected = hooks.some(({ namespaceSelector, objectSelector }) => satisfiesSelector(namespaceSelector, labels) && satisfiesSelector(objectSelector, metadata?.labels));
      if (!injected) report(object, messages.imageAutoWithoutInjectionWarning('Deployment', object.metadata.name));
    }
  },
};

function hasAutoImage({ containers = [] }: PodSpec): boolean {
  return containers.some(({ name, image }) => name === 'istio-proxy' && image === 'auto');
}
