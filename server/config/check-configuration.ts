import { checkConfiguration } from '#mesh-core/domain/resources/analysis/check-configuration.ts';
import type { MergedMessage } from '#mesh-core/domain/resources/analysis/merge-messages.ts';
import type { CanaryRollout } from '#mesh-core/domain/resources/canary-rollout.ts';
import { createIssueList } from '#mesh-core/domain/resources/field-issue.ts';
import { CONSOLE_KINDS } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { analyzeCanaryRollout } from '#mesh-core/domain/resources/references/destination-rule-references.ts';
import type { MeshSnapshot } from '#mesh-core/domain/translate/mesh-snapshot.ts';
import { checkObject, firstFindings, issueOfMessage } from './check-object.ts';
import type { ConfigCache } from './config-cache.ts';
import { kindOf, placed } from './object-ref.ts';
import type { ManifestDocument } from './parse-manifest.ts';
import type { ConfigIssue } from './schemas.ts';

type ReadCache = Pick<ConfigCache, 'list' | 'get' | 'snapshot'>;
const RANK: Readonly<Record<ConfigIssue['severity'], number>> = { error: 0, warning: 1, info: 2 };

/** Everything there is to say about a stored object, errors first. The whole configuration is analysed once for each state of it, whoever asks. */
export function findingsOf(object: KubeObject, config: ReadCache): readonly ConfigIssue[] {
  const snapshot = config.snapshot();
  const known = storedFindings.get(snapshot) ?? messagesByObject(checkConfiguration(storedObjects(config), snapshot.mesh));
  storedFindings.set(snapshot, known);
  return sorted([...byItself(object), ...(known.get(keyOf(object)) ?? []), ...rolloutFindings(object, snapshot)]);
}

const storedFindings = new WeakMap<MeshSnapshot, ReadonlyMap<string, readonly ConfigIssue[]>>();
const ownFindings = new WeakMap<KubeObject, readonly ConfigIssue[]>();

function byItself(object: KubeObject): readonly ConfigIssue[] {
  const known = ownFindings.get(object) ?? checkObject(object);
  ownFindings.set(object, known);
  return known;
}

/**
 * Everything there is to say about the objects of a text, document by document, with the places in the text: each by itself, and
 * all of them together in the mesh, where they stand in for what is stored under their names.
 */
export function checkDocuments(documents: readonly ManifestDocument[], config: ReadCache): readonly (readonly ConfigIssue[])[] {
  const own = documents.map(({ value }) => checkObject(value));
  // What would be refused has no fields to rely on. The others are safe to type so.
  const objects = documents.map(({ value }, index) => (own[index]?.some(({ refuses }) => refuses === true) === false ? placed(value as KubeObject) : undefined));
  const admitted = objects.filter((object) => object !== undefined).map((object) => withStoredStatus(object, config));
  const replaced = new Set(admitted.map(keyOf));
  const snapshot = config.snapshot();
  const together = admitted.length === 0 ? new Map<string, readonly ConfigIssue[]>() : messagesByObject(checkConfiguration([...storedObjects(config).filter((object) => !replaced.has(keyOf(object))), ...admitted], snapshot.mesh));
  return documents.map((document, index) => {
    const object = objects[index];
    const found = [...(own[index] ?? []), ...(object === undefined ? [] : [...(together.get(keyOf(object)) ?? []), ...rolloutFindings(object, snapshot)])];
    return firstFindings(sorted(found)).map((issue) => ({ ...issue, ...document.locate(issue.path) }));
  });
}

/** A text has no status. What is stored of the same content has one, and it holds until the content changes. */
function withStoredStatus(object: KubeObject, config: ReadCache): KubeObject {
  const stored = config.get(kindOf(object).id, object.metadata.namespace, object.metadata.name);
  return stored?.status === undefined || JSON.stringify(stored.spec) !== JSON.stringify(object.spec) ? object : { ...object, status: stored.status };
}

function storedObjects(config: ReadCache): readonly KubeObject[] {
  return CONSOLE_KINDS.filter(({ id }) => id !== 'Event').flatMap(({ id }) => config.list(id));
}

function messagesByObject(messages: readonly MergedMessage[]): ReadonlyMap<string, readonly ConfigIssue[]> {
  const grouped = Map.groupBy(messages, ({ object }) => keyOf({ ...object, metadata: object }));
  return new Map([...grouped].map(([key, own]) => [key, own.map(issueOfMessage)]));
}

/** Rollouts are ours alone: neither Istio nor Kiali looks at them. */
function rolloutFindings(object: KubeObject, snapshot: MeshSnapshot): readonly ConfigIssue[] {
  if (object.kind !== 'CanaryRollout') return [];
  const issues = createIssueList();
  // Safe because the object passed the schema of its kind.
  analyzeCanaryRollout(object as CanaryRollout, snapshot, issues);
  return issues.warnings.map((warning): ConfigIssue => ({ ...warning, severity: 'warning' }));
}

function sorted(issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  return issues.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
}

function keyOf({ apiVersion, kind, metadata }: Pick<KubeObject, 'apiVersion' | 'kind'> & { readonly metadata: { readonly namespace?: string; readonly name: string } }): string {
  return JSON.stringify([apiVersion.split('/', 1)[0], kind, metadata.namespace ?? '', metadata.name]);
}
