import { KINDS, type KindInfo } from '#mesh-core/domain/resources/kinds.ts';

const view = { affectsMesh: false, apiOnly: true, versions: ['v1'] } as const;

/** Kinds that are worked out from others: they can be read and watched, never written. */
export const VIEW_KINDS: readonly KindInfo[] = [
  { ...view, kind: 'Endpoints', id: 'Endpoints', group: '', plural: 'endpoints', singular: 'endpoints', shortNames: ['ep'], namespaced: true },
  { ...view, kind: 'EndpointSlice', id: 'EndpointSlice', group: 'discovery.k8s.io', plural: 'endpointslices', singular: 'endpointslice', shortNames: [], namespaced: true },
  { ...view, kind: 'CustomResourceDefinition', id: 'CustomResourceDefinition', group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions', singular: 'customresourcedefinition', shortNames: ['crd', 'crds'], namespaced: false },
];

/** All kinds that paths can name. */
export const SERVED_KINDS: readonly KindInfo[] = [...KINDS, ...VIEW_KINDS];

/** Is it a kind that can only be read? */
export function isView(kind: KindInfo): boolean {
  return VIEW_KINDS.includes(kind);
}

/** The named groups, in the order of the table. */
export function servedGroups(): readonly string[] {
  return [...new Set(SERVED_KINDS.map((kind) => kind.group))].filter((group) => group !== '');
}

/** The versions of a group, the preferred one first. */
export function versionsOfGroup(group: string): readonly string[] {
  return [...new Set(kindsOfGroup(group).flatMap((kind) => kind.versions))].toSorted(byPriority);
}

/** The kinds of a group, of one version when it is named. */
export function kindsOfGroup(group: string, version?: string): readonly KindInfo[] {
  return SERVED_KINDS.filter((kind) => kind.group === group && (version === undefined || kind.versions.includes(version)));
}

/**
 * Order of versions by which clients choose: `v2` before `v1` before `v1beta2` before `v1beta1` before `v1alpha1`, then all other words by the alphabet.
 * Source: Kubernetes, "Versions in CustomResourceDefinitions", version priority.
 */
export function byPriority(a: string, b: string): number {
  const left = rank(a);
  const right = rank(b);
  if (left === undefined || right === undefined) return left === right ? (a < b ? -1 : a > b ? 1 : 0) : left === undefined ? 1 : -1;
  return right.stage - left.stage || right.major - left.major || right.minor - left.minor;
}

const STAGES: readonly (string | undefined)[] = ['alpha', 'beta', undefined];

function rank(version: string): { readonly stage: number; readonly major: number; readonly minor: number } | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (match === null) return undefined;
  return { stage: STAGES.indexOf(match[2]), major: Number(match[1]), minor: Number(match[3] ?? 0) };
}
