import type { DestinationRule, VirtualService } from '../../networking.ts';
import { closeNames } from '../../schema/nearest-names.ts';
import { replaceFix } from '../analysis-message.ts';
import { messages } from '../message-catalogue.ts';
import { pathText, routeDestinations } from '../route-destinations.ts';
import type { Analyzer } from './analyzer.ts';
import { apart } from './destination-hosts.ts';

/** IST0101 for subsets that no DestinationRule defines. Source: virtualservice/destinationrules.go. */
export const destinationSubsets: Analyzer = {
  name: 'virtualservice.DestinationRuleAnalyzer',
  kinds: ['VirtualService'],
  analyze(input, report) {
    const subsets = new Map<string, Set<string>>();
    for (const { metadata, spec } of input.all<DestinationRule>('DestinationRule')) {
      const service = serviceOf(metadata.namespace ?? '', spec?.host ?? '');
      const names = subsets.get(service) ?? new Set<string>();
      for (const { name } of spec?.subsets ?? []) names.add(name);
      subsets.set(service, names);
    }
    for (const object of input.subjects<VirtualService>('VirtualService')) {
      for (const { destination, steps, mirror } of routeDestinations(object)) {
        const { host, subset = '' } = destination;
        const known = subsets.get(serviceOf(object.metadata.namespace ?? '', host));
        if (subset === '' || known?.has(subset) === true) continue;
        const [near = known?.size === 1 ? [...known][0] : undefined] = closeNames(subset, [...(known ?? [])]);
        const place = [...steps, 'subset'];
        const body = messages.referencedResourceNotFound(mirror ? 'mirror+subset in destinationrule' : 'host+subset in destinationrule', `${host}+${subset}`);
        report(object, body, near === undefined ? { path: pathText(place), ...apart(steps) } : { path: pathText(place), ...apart(steps), fix: replaceFix(`Use subset ${near}`, place, near) });
      }
    }
  },
};

/** `namespace/name` of the Service that a full host in the cluster stands for; any other host belongs to the namespace of the rule. */
function serviceOf(namespace: string, host: string): string {
  const match = /^(.+)\.(.+)\.svc\.cluster\.local$/.exec(host);
  return match === null ? `${namespace}/${host}` : `${match[2]}/${match[1]}`;
}
