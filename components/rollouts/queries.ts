import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { getJson, postJson, deleteJson } from '#components/api/http-client.ts';
import { showErrorToast } from '#components/ui/toast.tsx';
import type { CanaryRollout } from '#mesh-core/domain/resources/canary-rollout.ts';
import type { RolloutActionBody, RolloutCandidate, RolloutDetail, RolloutDraft, RolloutPreview } from '#server/rollouts/schemas.ts';

/** One rollout with what surrounds it; `rollout` has its real type here. */
export type RolloutView = Omit<RolloutDetail, 'rollout'> & { readonly rollout: CanaryRollout };
export type RolloutAction = RolloutActionBody['action'];

const seg = encodeURIComponent;
/** Between the controller's ticks nothing changes; events tell of most changes at once. */
const LIVE_MS = 2000;

/** All rollouts, newest first. */
export const rolloutsQuery = queryOptions({
  queryKey: ['rollouts', 'list'] as const,
  queryFn: ({ signal }) => getJson<{ rollouts: readonly CanaryRollout[] }>('/api/rollouts', {}, signal),
});

/** Services with at least two versions. */
export const candidatesQuery = queryOptions({
  queryKey: ['rollouts', 'candidates'] as const,
  queryFn: ({ signal }) => getJson<{ candidates: readonly RolloutCandidate[] }>('/api/rollouts/candidates', {}, signal),
});

/** One rollout, asked again every two seconds while it may change. */
export function rolloutQuery(namespace: string, name: string) {
  return queryOptions({
    queryKey: ['rollouts', 'get', { namespace, name }] as const,
    queryFn: ({ signal }) => getJson<RolloutView>(`/api/rollouts/${seg(namespace)}/${seg(name)}`, {}, signal),
    refetchInterval: (query) => (query.state.data?.rollout.status?.finishedAt === undefined ? LIVE_MS : false),
  });
}

/** What a draft would write; `undefined` asks nothing. */
export function previewQuery(draft: RolloutDraft | undefined) {
  return queryOptions({
    queryKey: ['rollouts', 'preview', draft] as const,
    queryFn: ({ signal }) => postJson<RolloutPreview>('/api/rollouts/preview', draft, signal),
    enabled: draft !== undefined,
    placeholderData: keepPreviousData,
  });
}

/** Starts a rollout. */
export function useStartRollout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: RolloutDraft) => postJson<{ rollout: CanaryRollout }>('/api/rollouts', draft),
    onSettled: () => client.invalidateQueries({ queryKey: ['rollouts'] }),
  });
}

/** Pause, resume, advance, promote, abort; adopt or restore a drifted weight. */
export function useRolloutAction(namespace: string, name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: RolloutAction) => postJson(`/api/rollouts/${seg(namespace)}/${seg(name)}/actions`, { action }),
    onError: (error, action) => showErrorToast(`Could not ${action} the rollout`, error),
    onSettled: () => client.invalidateQueries({ queryKey: ['rollouts'] }),
  });
}

/** Deletes the record of a finished rollout. */
export function useDeleteRollout(namespace: string, name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => deleteJson(`/api/rollouts/${seg(namespace)}/${seg(name)}`),
    onError: (error) => showErrorToast('Could not delete the rollout', error),
    onSettled: () => client.invalidateQueries({ queryKey: ['rollouts'] }),
  });
}
