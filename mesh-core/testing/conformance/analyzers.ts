import { analyzeReferences } from '../../domain/resources/analyze-references.ts';
import type { KubeObject } from '../../domain/resources/kube-object.ts';
import { aSnapshot } from '../../domain/resources/references/a-snapshot.ts';
import { validateObject } from '../../domain/resources/validate-object.ts';
import { judge, readCases, readYaml } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';

interface AnalyzerCase {
  readonly id: string;
  readonly analyzer: string;
  readonly inputFiles: readonly string[];
  readonly expect: readonly { readonly code: string; readonly kind: string; readonly namespace?: string; readonly name: string }[];
}

/** Analyzer → our codes for what it reports, by its own code. */
const COVERED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'virtualservice.GatewayAnalyzer': { KIA1102: 'IST0101', IST0132: 'IST0132' },
  'virtualservice.ConflictingMeshGatewayHostsAnalyzer': { IST0109: 'IST0109' },
  'destinationrule.CaCertificateAnalyzer': { IST0128: 'IST0128', IST0129: 'IST0129' },
  'serviceentry.ConflictingServiceEntryProtocolAnalyzer': { IST0177: 'IST0177' },
  'serviceentry.Analyzer': { IST0134: 'IST0134' },
  'service.PortNameAnalyzer': { IST0118: 'IST0118' },
  'schemaValidation.CollectionValidationAnalyzer': { IST0130: 'IST0130', IST0131: 'IST0131' },
  'gateway.ConflictingGatewayAnalyzer': { IST0145: 'IST0145' },
};

/** `istioctl analyze`: input files against the exact list of messages. */
export const analyzers: ConformanceSet = {
  name: 'analyzers',
  needs: 'analyzers/cases.json',
  run: (dir) =>
    judge(readCases<AnalyzerCase>(dir, 'analyzers/cases.json'), ({ id, analyzer }) => `${id} ${analyzer}`, (item) => {
      const codes = COVERED[item.analyzer];
      if (codes === undefined) return 'this analyzer is not here yet';
      const objects: KubeObject[] = item.inputFiles.flatMap((file) => readYaml(dir, `analyzers/testdata/${file}`));
      const snapshot = aSnapshot(...objects);
      const found = objects.flatMap((object) =>
        [...validateObject(object).warnings, ...analyzeReferences(object, snapshot)].flatMap((issue) => (codes[issue.code ?? ''] === undefined ? [] : [`${codes[issue.code ?? '']} ${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}`])),
      );
      const wanted = item.expect.map((message) => `${message.code} ${message.kind} ${message.namespace ?? ''}/${message.name}`);
      const same = JSON.stringify(found.toSorted()) === JSON.stringify(wanted.toSorted());
      return same ? undefined : `found ${JSON.stringify(found)}, Istio ${JSON.stringify(wanted)}`;
    }),
};
