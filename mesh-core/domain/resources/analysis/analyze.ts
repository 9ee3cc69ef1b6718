import { createIssueList } from '../field-issue.ts';
import type { KubeObject } from '../kube-object.ts';
import { withoutNulls } from '../null-elements.ts';
import { fillRequired } from '../schema/fill-required.ts';
import type { Schema } from '../schema/schema.ts';
import { schemaOf } from '../schema/schema-of.ts';
import { validateStructure } from '../schema/validate-structure.ts';
import { createAnalysisInput, kindIdOf } from './analysis-input.ts';
import type { InputOptions } from './analysis-input.ts';
import { docsOf } from './analysis-message.ts';
import type { AnalysisMessage, Report } from './analysis-message.ts';
import { CLUSTER_ANALYZERS, CONFIGURATION_ANALYZERS } from './analyzers/all-analyzers.ts';

export interface AnalysisOptions extends InputOptions {
  /** Names of the analyzers to run; absent: all. */
  readonly analyzers?: readonly string[];
  /** Give only what there is to say about this one of the objects, which takes less time. */
  readonly focus?: KubeObject;
}

/**
 * Runs Istio's analyzers over a whole configuration: findings of one object about another that validation, which sees
 * objects one by one, cannot have. Gives a message for each finding, analyzer by analyzer, in Istio's words. Objects may
 * break rules of their schema, but those with fields of wrong types are left out (validation tells of them). Objects of
 * kinds that this mesh does not serve (Pod, Deployment, webhooks) are taken into account where an analyzer knows them.
 */
export function analyze(objects: readonly KubeObject[], options: AnalysisOptions): AnalysisMessage[] {
  const found: AnalysisMessage[] = [];
  const { focus } = options;
  const focusKey = focus === undefined ? undefined : JSON.stringify([focus.kind, focus.metadata.namespace, focus.metadata.name]);
  const said = new Set<string>();
  const report: Report = ({ apiVersion, kind, metadata }, body, { path = '', apart, fix } = {}) => {
    const { namespace, name } = metadata;
    if (focusKey !== undefined && JSON.stringify([kind, namespace, name]) !== focusKey) return;
    const key = JSON.stringify([body.code, body.message, kind, namespace, name, apart === true ? path : '']);
    if (said.has(key)) return;
    said.add(key);
    found.push({ ...body, object: { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name }, path, docs: docsOf(body.code), ...(fix === undefined ? {} : { fix }) });
  };
  const input = createAnalysisInput(objects.filter(({ metadata }) => !SYSTEM_NAMESPACES.has(metadata.namespace ?? '')).flatMap(readable), options, focus === undefined ? undefined : readable(focus)[0]);
  const focusKind = focus === undefined ? undefined : kindIdOf(focus);
  const wanted = [...CONFIGURATION_ANALYZERS, ...CLUSTER_ANALYZERS].filter(({ name, kinds }) => options.analyzers?.includes(name) !== false && (focusKind === undefined || kinds.includes(focusKind)));
  for (const { analyze: run } of wanted) run(input, report);
  return found;
}

/** Kubernetes' own namespaces, which Istio leaves alone. */
const SYSTEM_NAMESPACES = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']);

const readables = new WeakMap<KubeObject, readonly KubeObject[]>();

/** The object as protobuf reads it, or nothing where a field is of the wrong type; remembered, as the same objects are analysed again and again. */
function readable(object: KubeObject): readonly KubeObject[] {
  const known = readables.get(object);
  if (known !== undefined) return known;
  const schema = schemaOf(kindIdOf(object));
  const issues = createIssueList();
  if (schema !== undefined) validateStructure(object, schema, '', issues);
  // A null is a field that is absent, or an element that is passed over; other wrong types cannot be read, and in a
  // protobuf message neither can unknown words and what is no duration.
  const message = object.apiVersion.split('/', 1)[0]?.endsWith('.istio.io') === true;
  const broken = issues.errors.some(({ code, expected = '' }) => code === 'type' || (message && (code === 'enum' || (code === 'format' && expected.startsWith('duration')))));
  const result = broken ? [] : [asRead(object, schema?.fields['spec'])];
  readables.set(object, result);
  return result;
}

function asRead(object: KubeObject, schema: Schema | undefined): KubeObject {
  const cleaned = withoutNulls(object.spec, createIssueList());
  const spec = schema === undefined ? cleaned : fillRequired(cleaned, schema);
  return spec === object.spec ? object : { ...object, spec };
}
