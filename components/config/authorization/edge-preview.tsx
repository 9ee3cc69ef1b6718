'use client';

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { formatNumber } from '#components/charts/format-number.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import type { NamedStatus } from '#components/status/status.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { cx } from '#components/ui/class-names.ts';
import type { AuthorizationPreviewAnswer, AuthorizationPreviewRow } from '#server/config/schemas.ts';
import { IssueList } from '#components/change/issue-list.tsx';
import { authorizationPreviewQuery } from '../queries.ts';
import { useSettled } from '../use-settled.ts';

type Verdict = AuthorizationPreviewRow['after'];
const VERDICTS: Readonly<Record<Verdict, NamedStatus>> = {
  permit: { status: 'healthy', label: 'permitted' },
  deny: { status: 'failing', label: 'refused' },
  depends: { status: 'degraded', label: 'depends' },
};

/** Which of the edges seen lately the policy would refuse, before anything is written. */
export function EdgePreview({ yaml }: { readonly yaml: string }) {
  const settled = useSettled(yaml, 300);
  const query = useQuery({ ...authorizationPreviewQuery(settled), placeholderData: keepPreviousData });
  return (
    <DataState
      query={query}
      empty={({ rows, issues }) => (rows.length === 0 && issues.length === 0 ? { title: 'No traffic to these workloads in the last 5 minutes', hint: 'The preview knows only edges that were seen. Others may be refused too.' } : undefined)}
    >
      {(answer) => <Answer answer={answer} />}
    </DataState>
  );
}

/** One line: how many edges change. Also for the review. */
export function EdgeVerdict({ yaml }: { readonly yaml: string }) {
  const { data } = useQuery(authorizationPreviewQuery(yaml));
  if (data === undefined) return null;
  const { status, label } = summaryOf(data.rows);
  return <StatusLabel status={status} label={label} className="font-medium" />;
}

function Answer({ answer: { rows, issues } }: { readonly answer: AuthorizationPreviewAnswer }) {
  const errors = issues.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return <div className="p-3"><IssueList issues={errors} /></div>;
  const { status, label } = summaryOf(rows);
  return (
    <div className="flex flex-col">
      <p role="status" className="px-3 pb-2 text-body font-medium">
        <StatusLabel status={status} label={label} />
      </p>
      <div className="overflow-x-auto">
        <table aria-label="Edges seen in the last 5 minutes" className="w-full border-separate border-spacing-0 text-label">
          <thead>
            <tr>
              {['Edge', 'Rate', 'Now', 'After', 'Why'].map((header) => (
                <th key={header} scope="col" className={cx('h-8 border-b border-line px-3 font-medium text-fg-tertiary', header === 'Rate' ? 'text-right' : 'text-left', header === 'Why' && 'max-lg:hidden')}>
                  {header}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.toSorted((a, b) => Number(changes(b)) - Number(changes(a))).map((row) => (
              <tr key={`${row.source}→${row.destination}|${row.sourcePrincipal ?? ''}`} className={cx(changes(row) && 'bg-selected')}>
                <td className="border-b border-line-subtle px-3 py-1.5" title={row.sourcePrincipal ?? 'no certificate of the mesh'}>
                  {row.source} <span className="text-fg-tertiary">→</span> {row.destination}
                </td>
                <td className="border-b border-line-subtle px-3 text-right whitespace-nowrap tabular-nums">{formatNumber(row.requestsPerSecond, 'rps')}</td>
                <td className="border-b border-line-subtle px-3">
                  {changes(row) ? <StatusLabel quiet {...VERDICTS[row.before]} /> : <span className="text-fg-secondary">{VERDICTS[row.before].label}</span>}
                </td>
                <td className="border-b border-line-subtle px-3">
                  {changes(row) ? <StatusLabel quiet {...VERDICTS[row.after]} className="font-semibold" /> : <span className="text-fg-tertiary">unchanged</span>}
                </td>
                <td className="border-b border-line-subtle px-3 text-fg-secondary max-lg:hidden">{row.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function changes({ before, after }: AuthorizationPreviewRow): boolean {
  return before !== after;
}

function summaryOf(rows: readonly AuthorizationPreviewRow[]): NamedStatus {
  const refused = rows.filter((row) => changes(row) && row.after === 'deny').length;
  const opened = rows.filter((row) => changes(row) && row.after === 'permit').length;
  const unsure = rows.filter((row) => changes(row) && row.after === 'depends').length;
  const parts = [...(refused > 0 ? [`${edges(refused)} would be refused`] : []), ...(opened > 0 ? [`${edges(opened)} would be permitted`] : []), ...(unsure > 0 ? [`${edges(unsure)} would depend on method or path`] : [])];
  if (parts.length === 0) return { status: 'healthy', label: `Nothing changes for the ${edges(rows.length)} seen` };
  const sentence = parts.join(', ');
  return { status: refused > 0 ? 'failing' : unsure > 0 ? 'degraded' : 'healthy', label: `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}` };
}

function edges(count: number): string {
  return count === 1 ? '1 edge' : `${count} edges`;
}
