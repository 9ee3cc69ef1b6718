import { matchesLabels } from '../../label-selector.ts';
import type { Labels } from '../../label-selector.ts';
import type { DestinationRule } from '../../networking.ts';
import type { AnalysisInput, AnalyzedPod } from '../analysis-input.ts';
import { messages } from '../message-catalogue.ts';
import { hostTable } from '../service-hosts.ts';
import type { Analyzer } from './analyzer.ts';
import { hostFix } from './destination-hosts.ts';

const REGION = 'topology.kubernetes.io/region';
const ZONE = 'topology.kubernetes.io/zone';
const SUBZONE = 'topology.istio.io/subzone';

/** IST0174 for rules of hosts that do not exist, IST0173 for subsets without a workload. Source: destinationrule/subset.go. */
export const subsetPods: Analyzer = {
  name: 'destinationrule.SubsetSelectPodAnalyzer',
  kinds: ['DestinationRule'],
  analyze(input, report) {
    const hosts = hostTable(input);
    const pods = input.pods.map((pod) => labelsWithPlace(pod, input));
    for (const object of input.subjects<DestinationRule>('DestinationRule')) {
      const { host = '', subsets = [], exportTo } = object.spec ?? {};
      const namespace = object.metadata.namespace ?? '';
      const known = hosts.find(namespace, exportTo, host);
      if (known === undefined) {
        report(object, messages.unknownDestinationRuleHost(host), { path: 'spec.host', ...hostFix(host, ['spec', 'host'], hosts.names(namespace)) });
        continue;
      }
      for (const [index, { name, labels = {} }] of subsets.entries()) {
        const selector = { ...known.selector, ...labels };
        if (!pods.some((own) => matchesLabels(selector, own))) report(object, messages.destinationRuleSubsetNotSelectPods(name), { path: `spec.subsets[${index}].labels` });
      }
    }
  },
};

/** A workload's labels and those that istiod adds: where its node is. */
function labelsWithPlace({ labels, object }: AnalyzedPod, input: AnalysisInput): Labels {
  const { nodeName = '' } = (object.spec ?? {}) as { readonly nodeName?: string };
  const place = nodeName === '' ? undefined : input.find('Node', '', nodeName)?.metadata.labels;
  const [region = '', zone = '', subzone = ''] = [REGION, ZONE, SUBZONE].map((name) => place?.[name] ?? '');
  return {
    ...labels,
    ...(nodeName === '' ? {} : { 'kubernetes.io/hostname': nodeName }),
    ...(region === '' ? {} : { [REGION]: region }),
    ...(zone === '' ? {} : { [ZONE]: zone }),
    ...(subzone === '' ? {} : { [SUBZONE]: subzone }),
  };
}
