import type { KubeObject } from '../../kube-object.ts';
import { isCidr } from '../../rules/ip-address.ts';
import type { Report } from '../analysis-message.ts';
import { ISTIO_ANNOTATIONS } from '../istio-annotations.ts';
import type { PodSpec } from '../mesh-membership.ts';
import { messages } from '../message-catalogue.ts';
import type { Analyzer } from './analyzer.ts';

const KINDS = ['Namespace', 'Service', 'Pod', 'Deployment'];
/** Set by Istio itself. */
const OWN = new Set(['sidecar.istio.io/status', 'gateway.istio.io/controller-version', 'istio.io/rev']);
/** Set by the injector where the network plugin takes traffic, so that nobody wrote them. */
const OF_PLUGIN = new Set(['sidecar.istio.io/interceptionMode', 'traffic.sidecar.istio.io/includeInboundPorts', 'traffic.sidecar.istio.io/excludeInboundPorts', 'traffic.sidecar.istio.io/includeOutboundIPRanges']);
const INJECT = 'sidecar.istio.io/inject';

/** IST0107, IST0108, IST0125 and IST0135: annotations of Istio's that are unknown, misplaced, wrong or old. Source: annotations/annotations.go. */
export const annotations: Analyzer = {
  name: 'annotations.K8sAnalyzer',
  kinds: KINDS,
  analyze(input, report) {
    for (const kind of KINDS) {
      for (const object of input.all(kind)) {
        for (const [name, value] of Object.entries(object.metadata.annotations ?? {})) if (isIstios(name) && !OWN.has(name)) check(object, kind, name, value, report);
      }
    }
  },
};

function check(object: KubeObject, kind: string, name: string, value: string, report: Report): void {
  const path = `metadata.annotations[${JSON.stringify(name)}]`;
  const known = ISTIO_ANNOTATIONS.get(name);
  if (known === undefined) return report(object, messages.unknownAnnotation(name), { path });
  const replaced = name === INJECT && object.metadata.labels?.[INJECT] !== undefined;
  if (known.deprecated && !replaced) report(object, messages.deprecatedAnnotation(name, name === INJECT ? ` in favor of the "${INJECT}" label` : ''), { path });
  if (known.kinds.includes('Any')) return;
  if (!known.kinds.includes(kind)) return report(object, messages.misplacedAnnotation(name, known.kinds.join(', ')), { path });
  const problem = Object.hasOwn(VALUES, name) ? VALUES[name]?.(value) : undefined;
  if (problem !== undefined) report(object, messages.invalidAnnotation(name, problem), { path });
}

/** IST0136: annotations that may change or go. Source: maturity/maturity.go. */
export const alphaAnnotations: Analyzer = {
  name: 'annotations.AlphaAnalyzer',
  kinds: KINDS,
  analyze(input, report) {
    for (const kind of KINDS) {
      for (const object of input.all(kind)) {
        const plugin = kind === 'Pod' && !((object.spec ?? {}) as PodSpec).initContainers?.some(({ name }) => name === 'istio-init');
        for (const name of Object.keys(object.metadata.annotations ?? {})) {
          if (!isIstios(name) || ISTIO_ANNOTATIONS.get(name)?.status !== 'alpha' || OWN.has(name) || (plugin && OF_PLUGIN.has(name))) continue;
          report(object, messages.alphaAnnotation(name), { path: `metadata.annotations[${JSON.stringify(name)}]` });
        }
      }
    }
  },
};

function isIstios(name: string): boolean {
  return name === 'kubernetes.io/ingress.class' || (name.split('/')[0] ?? '').endsWith('istio.io');
}

type Check = (value: string) => string | undefined;
const port = (text: string): boolean => /^\s*\d+\s*$/.test(text) && Number(text) <= 65_535;
const portList = (name: string): Check => (value) => {
  const bad = value.trim() === '' ? undefined : value.trim().split(',').find((part) => !port(part));
  return bad === undefined ? undefined : `${name} invalid: failed parsing port '${bad}'`;
};
const blockList = (name: string): Check => (value) => {
  const bad = value === '' ? undefined : value.split(',').find((part) => !isCidr(part));
  return bad === undefined ? undefined : `${name} invalid: failed parsing cidr '${bad}'`;
};
const orAll = (check: Check): Check => (value) => (value === '*' ? undefined : check(value));
const count: Check = (value) => (/^\d+$/.test(value) && Number(value) < 2 ** 32 ? undefined : `${JSON.stringify(value)} is not a whole number`);
const truth: Check = (value) => (/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value) ? undefined : `${JSON.stringify(value)} is not true or false`);
const quantity: Check = (value) => (/^[+-]?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(value) ? undefined : `${JSON.stringify(value)} is not a quantity such as 100m or 1Gi`);
const mode: Check = (value) => (['REDIRECT', 'TPROXY', 'NONE'].includes(value) ? undefined : `interceptionMode invalid, use REDIRECT,TPROXY,NONE: ${value}`);
const interfaces: Check = (value) => (value.split(',').every((name) => /^[^\s/,]{1,15}$/.test(name.trim()) || value === '') ? undefined : `${JSON.stringify(value)} is not a list of network interfaces`);

/** Annotation → what is wrong with its value, or undefined. */
const VALUES: Readonly<Record<string, Check>> = {
  'sidecar.istio.io/interceptionMode': mode,
  'status.sidecar.istio.io/port': (value) => (port(value) ? undefined : `excludeInboundPorts invalid: failed parsing port '${value}'`),
  'readiness.status.sidecar.istio.io/initialDelaySeconds': count,
  'readiness.status.sidecar.istio.io/periodSeconds': count,
  'readiness.status.sidecar.istio.io/failureThreshold': count,
  'traffic.sidecar.istio.io/includeOutboundIPRanges': orAll(blockList('includeIPRanges')),
  'traffic.sidecar.istio.io/excludeOutboundIPRanges': blockList('excludeIPRanges'),
  'traffic.sidecar.istio.io/includeInboundPorts': orAll(portList('includeInboundPorts')),
  'traffic.sidecar.istio.io/excludeInboundPorts': portList('excludeInboundPorts'),
  'traffic.sidecar.istio.io/excludeOutboundPorts': portList('excludeOutboundPorts'),
  'traffic.sidecar.istio.io/excludeInterfaces': interfaces,
  'traffic.sidecar.istio.io/kubevirtInterfaces': interfaces,
  'istio.io/reroute-virtual-interfaces': interfaces,
  'prometheus.istio.io/merge-metrics': truth,
  'sidecar.istio.io/proxyCPU': quantity,
  'sidecar.istio.io/proxyMemory': quantity,
  'sidecar.istio.io/proxyCPULimit': quantity,
  'sidecar.istio.io/proxyMemoryLimit': quantity,
};
