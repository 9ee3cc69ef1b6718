import { join } from 'node:path';
import { readFileSync } from 'node:fs';

import { parse } from 'yaml';

import { analyze } from '../../domain/resources/analysis/analyze.ts';
import type { AnalyzedMeshConfig, AnalyzedMeshNetworks } from '../../domain/resources/analysis/analysis-input.ts';
import type { KubeObject } from '../../domain/resources/kube-object.ts';
import { judge, readCases, readYaml } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';

interface AnalyzerCase {
  readonly id: string;
  readonly name: string;
  readonly analyzer: string;
  readonly inputFiles: readonly string[];
  readonly meshConfigFile?: string;
  readonly meshNetworksFile?: string;
  readonly expect: readonly { readonly code: string; readonly kind: string; readonly namespace?: string; readonly name: string }[];
}

const SELECTOR = { istio: 'ingressgateway' };
/** What istioctl analyzes files beside: the gateway of a default installation. */
const DEFAULTS: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'istio-ingressgateway', namespace: 'istio-system', labels: SELECTOR } },
  { apiVersion: 'v1', kind: 'Service', metadata: { name: 'istio-ingressgateway', namespace: 'istio-system' }, spec: { selector: SELECTOR, ports: [80, 443, 31_400, 15_443].map((port) => ({ name: `tcp-${port}`, port, protocol: 'TCP' })) } },
];

/** `istioctl analyze`: input files against the exact list of messages. */
export const analyzers: ConformanceSet = {
  name: 'analyzers',
  needs: 'analyzers/cases.json',
  run: (dir) =>
    judge(readCases<AnalyzerCase>(dir, 'analyzers/cases.json'), ({ id, name, analyzer }) => `${id} ${name} (${analyzer})`, (item) => {
      const objects = item.inputFiles.flatMap((file) => readYaml(dir, `analyzers/testdata/${file}`));
      const settings = <T>(file: string | undefined): T => (file === undefined ? {} : parse(readFileSync(join(dir, 'analyzers/testdata', file), 'utf8'))) as T;
      // A null is a resource list of nothing; `now` is what the Go test uses too.
      const messages = analyze([...DEFAULTS, ...objects], {
        analyzers: [item.analyzer],
        meshConfig: settings<AnalyzedMeshConfig>(item.meshConfigFile),
        meshNetworks: settings<AnalyzedMeshNetworks>(item.meshNetworksFile),
        now: Date.now(),
      });
      const found = messages.map(({ code, object }) => `${code} ${object.kind} ${object.namespace ?? ''}/${object.name}`);
      const wanted = item.expect.map((message) => `${message.code} ${message.kind} ${message.namespace ?? ''}/${message.name}`);
      const same = JSON.stringify(found.toSorted()) === JSON.stringify(wanted.toSorted());
      return same ? undefined : `found ${JSON.stringify(found)}, Istio ${JSON.stringify(wanted)}`;
    }),
};
