'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs';
import { useMemo } from 'react';
import { ISSUE_LEVELS, levelStatus, type IssueLevel } from '#components/change/issue-words.ts';
import { paths } from '#components/api/paths.ts';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { Button } from '#components/ui/button.tsx';
import { Combobox } from '#components/ui/combobox.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { SearchInput } from '#components/ui/input.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { ProblemsAnswer } from '#server/config/schemas.ts';
import { ConfigTabs } from '../config-tabs.tsx';
import { problemsQuery } from '../queries.ts';
import { codesOf, filterProblems, groupProblems } from './group-problems.ts';
import { ProblemGroupPanel } from './problem-group-panel.tsx';

const LEVELS = ['all', ...ISSUE_LEVELS] as const;
const GROUPINGS = ['code', 'object'] as const;
const LEVEL_WORDS: Readonly<Record<IssueLevel, string>> = { error: 'Errors', warning: 'Warnings', info: 'Notes' };

/** Everything that Istio's analyzers, Kiali's checks and validation find in the whole configuration. */
export function ProblemsPage() {
  const query = useQuery(problemsQuery);
  return (
    <Page crumbs={[{ label: 'Config', href: paths.config() }, { label: 'Problems' }]} toolbar={<ConfigTabs current="problems" />} time={false}>
      <DataState query={query} skeleton={<TableSkeleton />} empty={({ problems, checked }) => (problems.length === 0 ? { title: 'Nothing is wrong with the configuration', hint: `${checked} objects were checked by themselves and together: by Istio’s rules and analyzers, and by Kiali’s checks.` } : undefined)}>
        {(answer) => <Problems answer={answer} />}
      </DataState>
    </Page>
  );
}

function Problems({ answer: { problems, checked } }: { readonly answer: ProblemsAnswer }) {
  const [by, setBy] = useQueryState('by', parseAsStringLiteral(GROUPINGS).withDefault('code').withOptions({ history: 'push' }));
  const [level, setLevel] = useQueryState('level', parseAsStringLiteral(LEVELS).withDefault('all').withOptions({ history: 'push' }));
  const [code, setCode] = useQueryState('code', parseAsString.withDefault('').withOptions({ history: 'push' }));
  const [text, setText] = useQueryState('q', parseAsString.withDefault('').withOptions({ throttleMs: 200 }));
  const { selected } = useNamespaces();
  const within = useMemo(() => filterProblems(problems, { level: '', code, text, namespaces: selected }), [problems, code, text, selected]);
  const shown = useMemo(() => (level === 'all' ? within : within.filter(({ issue }) => issue.severity === level)), [within, level]);
  const groups = useMemo(() => groupProblems(shown, by), [shown, by]);
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <SearchInput value={text} onChange={(event) => void setText(event.target.value === '' ? null : event.target.value)} placeholder="Filter" aria-label="Filter problems" data-page-search className="max-w-56 min-w-28 grow basis-28" />
        <SegmentedControl
          label="Level"
          value={level}
          onValueChange={(next) => void setLevel(next)}
          options={[{ value: 'all', label: `All ${within.length}` }, ...ISSUE_LEVELS.map((each) => ({ value: each, label: `${LEVEL_WORDS[each]} ${within.filter(({ issue }) => issue.severity === each).length}`, description: levelStatus(each).label }))]}
        />
        <Combobox label="Code" value={code} onValueChange={(next) => void setCode(next === '' ? null : next)} options={[{ value: '', label: 'All codes' }, ...codesOf(problems).map((entry) => ({ value: entry.code, label: entry.code, note: String(entry.count) }))]} className="w-32" />
        <SegmentedControl label="Group by" value={by} onValueChange={(next) => void setBy(next)} options={[{ value: 'code', label: 'By code' }, { value: 'object', label: 'By object' }]} />
        <span className="ml-auto text-label text-fg-tertiary tabular-nums" aria-live="polite">
          {shown.length} of {problems.length} · {checked} objects checked
        </span>
      </div>
      {groups.map((group) => (
        <ProblemGroupPanel key={`${by} ${group.key}`} group={group} by={by} />
      ))}
      {groups.length === 0 && (
        <EmptyState
          title="No such problem"
          hint="Choose another level, code or other namespaces."
          action={
            <Button
              onClick={() => {
                void setLevel(null);
                void setCode(null);
                void setText(null);
              }}
            >
              Show all
            </Button>
          }
        />
      )}
    </div>
  );
}
