'use client';

import { useQuery } from '@tanstack/react-query';
import { formatNumber } from '#components/charts/format-number.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { SkeletonRows } from '#components/ui/skeleton.tsx';
import { liveInstantQuery } from '../queries.ts';
import { describePrincipal } from './describe-authorization.ts';

/** Requests that the proxies of these workloads answer with 403 now, by caller: what the policies do for real. */
export function ObservedRefusals({ expression, windowSeconds }: { readonly expression: string; readonly windowSeconds: number }) {
  const query = useQuery(liveInstantQuery(expression));
  return (
    <DataState query={query} asked={expression} skeleton={<SkeletonRows rows={1} />}>
      {({ samples }) => (
        <ul className="flex flex-col">
          {samples.length === 0 && <li className="px-3 pb-3 text-label text-fg-secondary">No request was refused in the last {windowSeconds} s.</li>}
          {samples.map(({ labels, v }) => (
            <li key={JSON.stringify(labels)} className="row-h flex items-center gap-2 border-b border-line-subtle px-3 text-label last:border-0">
              <span className="min-w-0 flex-1 truncate" title={labels['source_principal']}>
                {callerOf(labels)} <span className="text-fg-tertiary">→</span> {labels['destination_workload']}
              </span>
              <span className="text-fg-secondary">403</span>
              <span className="w-20 text-right tabular-nums">{formatNumber(v, 'rps')}</span>
            </li>
          ))}
        </ul>
      )}
    </DataState>
  );
}

function callerOf(labels: Readonly<Record<string, string>>): string {
  const workload = labels['source_workload'] ?? 'unknown';
  const principal = (labels['source_principal'] ?? '').replace(/^spiffe:\/\//, '');
  if (workload !== 'unknown' && workload !== '') return workload;
  return principal === '' || principal === 'unknown' ? 'a caller without a certificate' : describePrincipal(principal);
}
