import { isIpAddress } from '../../rules/ip-address.ts';
import type { Labels } from '../../label-selector.ts';
import type { AnalysisInput } from '../analysis-input.ts';
import { fullNameOf } from '../analysis-message.ts';
import type { Report } from '../analysis-message.ts';
import { satisfiesSelector } from '../kube-selector.ts';
import type { KubeSelector } from '../kube-selector.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';
import type { Webhook, WebhookConfiguration } from './injected-images.ts';

const REVISION = 'istio.io/rev';

interface Placed {
  readonly object: WebhookConfiguration;
  readonly hook: Webhook;
  readonly name: string;
}

/** IST0139: injectors that take the same pods, or whose control plane does not exist. Source: webhook/webhook.go. */
export const webhooks: Analyzer = {
  name: 'webhook.Analyzer',
  kinds: ['MutatingWebhookConfiguration'],
  analyze(input, report) {
    const configurations = input.all<WebhookConfiguration>('MutatingWebhookConfiguration').filter((object) => revisionsOf(object).length > 0 || (object.webhooks ?? []).some(({ name = '' }) => name.endsWith('istio.io')));
    const hooks: readonly Placed[] = configurations.flatMap((object) => (object.webhooks ?? []).map((hook) => ({ object, hook, name: `${fullNameOf(object)}/${hook.name ?? ''}` })));
    checkOverlaps(hooks, [...new Set(configurations.flatMap(revisionsOf))], report);
    checkServices(hooks, input, report);
  },
};

function revisionsOf({ metadata, webhooks: hooks = [] }: WebhookConfiguration): string[] {
  const named = ({ matchLabels = {}, matchExpressions = [] }: KubeSelector): string[] => [matchLabels[REVISION] ?? [], ...matchExpressions.filter(({ key }) => key === REVISION).map(({ values = [] }) => values)].flat();
  return [metadata.labels?.[REVISION] ?? [], ...hooks.flatMap(({ namespaceSelector = {}, objectSelector = {} }) => [...named(namespaceSelector), ...named(objectSelector)])].flat();
}

/** Each combination of the labels that steer injection must match at most one hook. */
function checkOverlaps(hooks: readonly Placed[], revisions: readonly string[], report: Report): void {
  const withRevisions = (bases: readonly Labels[]): Labels[] => [...bases, ...revisions.flatMap((revision) => bases.map((base) => ({ ...base, [REVISION]: revision })))];
  const namespaces = withRevisions([{}, { 'istio-injection': 'enabled' }, { 'istio-injection': 'disabled' }]);
  const pods = withRevisions([{}, { 'sidecar.istio.io/inject': 'true' }, { 'sidecar.istio.io/inject': 'false' }]);
  for (const namespace of namespaces) {
    for (const pod of pods) {
      const matched = hooks.filter(({ hook }) => satisfiesSelector(hook.namespaceSelector, namespace) && satisfiesSelector(hook.objectSelector, pod));
      const names = [...new Set(matched.map(({ name }) => name))].toSorted();
      if (names.length < 2) continue;
      for (const name of names) {
        const object = matched.find((placed) => placed.name === name)?.object;
        const others = names.filter((other) => other !== name);
        if (object !== undefined) report(object, messages.invalidWebhook(`Webhook overlaps with others: [${others.join(' ')}]. This may cause injection to occur twice.`));
      }
    }
  }
}

function checkServices(hooks: readonly Placed[], input: AnalysisInput, report: Report): void {
  for (const { object, hook } of hooks) {
    const service = hook.clientConfig?.service;
    if (service === undefined) continue;
    const { namespace = '', name = '' } = service;
    if (input.find('Service', namespace, name) === undefined) report(object, messages.invalidWebhook(`Injector refers to a control plane service that does not exist: ${namespace}/${name}.`));
  }
}

/** IST0163 and IST0164: webhooks of a control plane elsewhere that have no address, or no host name. Source: externalcontrolplane/externalcontrolplane.go. */
export const externalControlPlanes: Analyzer = {
  name: 'externalcontrolplane.ExternalControlPlaneAnalyzer',
  kinds: ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  analyze(input, report) {
    const validating = input.all<WebhookConfiguration>('ValidatingWebhookConfiguration').filter(({ metadata: { name } }) => name === 'istiod-default-validator' || name.startsWith('istio-validator'));
    const mutating = input.all<WebhookConfiguration>('MutatingWebhookConfiguration').filter(({ metadata: { name } }) => name.startsWith('istio-sidecar-injector'));
    for (const object of [...validating, ...mutating]) for (const hook of object.webhooks ?? []) checkAddress(object, hook, report);
  },
};

function checkAddress(object: WebhookConfiguration, { name = '', clientConfig = {} }: Webhook, report: Report): void {
  const { url, service } = clientConfig;
  // An empty field is YAML's null.
  if (url === undefined || url === null) {
    if (service === undefined) report(object, messages.invalidExternalControlPlaneConfig('', name, 'is blank'));
    return;
  }
  const host = hostOf(url);
  if (host === undefined) report(object, messages.invalidExternalControlPlaneConfig(url, name, 'was provided in an invalid format'));
  else if (isIpAddress(host)) report(object, messages.externalControlPlaneAddressIsNotAHostname(url, name));
}

/** Host of a URL; '' for text without one, undefined for what cannot be one. */
function hostOf(url: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- the rule is about control characters: Go refuses URLs that have any.
  if (/[\u0000-\u0020\u007F]|^:|%(?![0-9a-fA-F]{2})/.test(url)) return undefined;
  const match = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/([^/?#]*)/.exec(url);
  const authority = (match?.[1] ?? '').replace(/^.*@/, '');
  if (/:[^\]]*[^0-9\]][^\]]*$/.test(authority.replace(/^\[[^\]]*\]/, ''))) return undefined;
  return authority.startsWith('[') ? authority.slice(1, authority.indexOf(']')) : authority.replace(/:\d*$/, '');
}
