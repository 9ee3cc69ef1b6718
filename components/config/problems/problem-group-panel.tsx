'use client';

import { Wrench } from 'lucide-react';
import { useState } from 'react';
import { paths, withParams } from '#components/api/paths.ts';
import { IssueCodes } from '#components/change/issue-codes.tsx';
import { countWords, issueStatus, levelStatus } from '#components/change/issue-words.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import { ShowMore } from '#components/ui/show-more.tsx';
import { Panel } from '#components/ui/panel.tsx';
import type { ConfigProblem, ObjectRef } from '#server/config/schemas.ts';
import { kindLabel } from '../kind-label.ts';
import { codeTitle, type Grouping, type ProblemGroup } from './group-problems.ts';

/** More than these stay folded away. */
const SHOWN = 20;
const WORDS: Readonly<Record<string, string>> = { 'not-supported': 'Accepted, but not supported', '': 'Other findings' };

/** Problems of one code, or of one object; each leads to its place in the editor. */
export function ProblemGroupPanel({ group: { key, problems }, by }: { readonly group: ProblemGroup; readonly by: Grouping }) {
  const [all, setAll] = useState(false);
  const [{ issue, ref }] = problems;
  const shown = all ? problems : problems.slice(0, SHOWN);
  const issues = problems.map((problem) => problem.issue);
  return (
    <Panel
      title={
        <span className="flex min-w-0 items-center gap-2">
          {by === 'code' ? (
            <>
              <IssueCodes issue={{ ...issue, also: [] }} />
              <span className="truncate">{WORDS[key] ?? (issue.name === undefined ? key : codeTitle(issue.name))}</span>
            </>
          ) : (
            <>
              <StatusGlyph status={issueStatus(issues)} />
              <ObjectLink of={ref} />
            </>
          )}
        </span>
      }
      note={countWords(issues)}
      flush
    >
      <ul>
        {shown.map((problem, index) => (
          // Two findings may be word for word the same.
          <li key={`${problem.ref.plural}/${problem.ref.namespace ?? ''}/${problem.ref.name}/${problem.issue.path}/${index}`} className="border-t border-line-subtle">
            <Row problem={problem} by={by} />
          </li>
        ))}
      </ul>
      <ShowMore all={all} hidden={problems.length - SHOWN} onToggle={() => setAll(!all)} />
    </Panel>
  );
}

function Row({ problem: { ref, issue }, by }: { readonly problem: ConfigProblem; readonly by: Grouping }) {
  const { status, label } = levelStatus(issue.severity);
  const href = withParams(paths.configObject(ref), { at: issue.path });
  return (
    <div className="flex items-start gap-2 px-3 py-2 text-label hover:bg-hover">
      <span className="mt-px">
        <StatusGlyph status={status} label={label} />
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-0.5">
        {by === 'code' && <ObjectLink of={ref} at={issue.path} />}
        <p className="break-words text-fg">{issue.message}</p>
        <p className="flex flex-wrap items-center gap-x-1.5 gap-y-1 text-fg-secondary">
          {by === 'object' ? <IssueCodes issue={issue} /> : <IssueCodes issue={issue.also === undefined ? {} : { also: issue.also }} />}
          {issue.path !== '' && (
            <AppLink href={href} className="min-w-0 rounded-sm font-mono break-all underline-offset-2 hover:text-fg hover:underline" title="Show it in the editor">
              {issue.path}
            </AppLink>
          )}
        </p>
      </div>
      {issue.fix !== undefined && (
        <AppLink href={href} className="flex max-w-[45%] min-w-0 shrink-0 items-center gap-1.5 rounded-sm text-fg-secondary hover:text-fg hover:underline" title={`${issue.fix.label}: shown as a difference in the editor before anything is written`}>
          <Wrench className="size-3.5 shrink-0" aria-hidden />
          <span className="truncate">
            Fix<span className="max-md:hidden">: {issue.fix.label}</span>
          </span>
        </AppLink>
      )}
    </div>
  );
}

function ObjectLink({ of, at }: { readonly of: ObjectRef; readonly at?: string }) {
  return (
    <span className="flex min-w-0 items-baseline gap-1.5">
      <AppLink href={withParams(paths.configObject(of), { at })} className="min-w-0 truncate font-medium text-fg hover:underline">
        {of.namespace === undefined ? of.name : `${of.namespace}/${of.name}`}
      </AppLink>
      <span className="shrink-0 text-label font-normal text-fg-tertiary">{kindLabel(of)}</span>
    </span>
  );
}
