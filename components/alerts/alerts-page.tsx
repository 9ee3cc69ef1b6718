'use client';

import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import { paths, withParams } from '#components/api/paths.ts';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { buttonClass } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { SearchInput } from '#components/ui/input.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { EmptyState, Notice } from '#components/ui/states.tsx';
import type { AlertsAnswer } from '#server/rules/schemas.ts';
import { countRules, filterRules, RULE_FILTERS, type RuleFilter } from './filter-rules.ts';
import { NO_RULES } from './no-rules.tsx';
import { alertsQuery } from './queries.ts';
import { RuleFileProblems } from './rule-file-problems.tsx';
import { RuleGroupPanel } from './rule-group-panel.tsx';
import { alertsParsers } from './search-params.ts';

const LABELS: Readonly<Record<RuleFilter, string>> = { all: 'All', firing: 'Firing', pending: 'Pending', inactive: 'Inactive', recording: 'Recording', broken: 'Broken' };

/** `/alerts`: what fires, what is about to, and every rule behind it. */
export function AlertsPage() {
  const query = useQuery(alertsQuery);
  const { selected: namespaces } = useNamespaces();
  const [{ q, state }, setParams] = useQueryStates(alertsParsers);
  const groups = query.data?.groups ?? [];
  const counts = countRules(groups, namespaces);
  const toolbar = (
    <>
      <SearchInput aria-label="Find rules" placeholder="Rule, label, expression" value={q} onChange={(event) => void setParams({ q: event.target.value })} className="w-60 max-md:w-full" />
      <div className="max-w-full overflow-x-auto">
        <SegmentedControl
          label="State"
          value={state}
          onValueChange={(next) => void setParams({ state: next }, { history: 'push' })}
          options={RULE_FILTERS.filter((filter) => filter !== 'broken' || counts.broken > 0 || state === 'broken').map((value) => ({ value, label: `${LABELS[value]} ${counts[value]}` }))}
        />
      </div>
    </>
  );
  return (
    <Page
      crumbs={[{ label: 'Alerts' }]}
      time={false}
      actions={query.data?.evaluatedHere !== false && <NewRuleLink />}
      {...(groups.length === 0 ? {} : { toolbar })}
    >
      <DataState query={query} skeleton={<TableSkeleton />} empty={(data) => (data.groups.length === 0 && data.problems.length === 0 ? NO_RULES(data.evaluatedHere) : undefined)}>
        {(data) => <Rules data={data} namespaces={namespaces} />}
      </DataState>
    </Page>
  );
}

function Rules({ data, namespaces }: { readonly data: AlertsAnswer; readonly namespaces: readonly string[] }) {
  const [{ q, state, open }, setParams] = useQueryStates(alertsParsers);
  const shown = filterRules(data.groups, { state, search: q, namespaces });
  const toggle = (key: string): void => void setParams({ open: open.includes(key) ? open.filter((one) => one !== key) : [...open, key] });
  return (
    <div className="flex flex-col gap-4">
      {!data.evaluatedHere && (
        <div className="overflow-hidden rounded-panel border border-line">
          <Notice status="idle" title="Rules of the connected Prometheus." message="It evaluates them; they are changed there." />
        </div>
      )}
      <RuleFileProblems problems={data.problems.filter(({ source }) => namespaces.length === 0 || namespaces.includes(source.namespace))} />
      {shown.length === 0 && data.groups.length > 0 && (
        <EmptyState
          title={state === 'firing' && q === '' ? 'Nothing is firing' : 'No rule fits'}
          hint={state === 'firing' && q === '' ? 'Every alerting rule is quiet or still waiting.' : 'Other words, another state or other namespaces may.'}
          action={
            <button type="button" className={buttonClass('secondary')} onClick={() => void setParams({ q: null, state: null })}>
              Show all rules
            </button>
          }
        />
      )}
      {shown.map(({ group, rules }) => (
        <RuleGroupPanel key={`${group.file};${group.name}`} group={group} rules={rules} open={open} onToggle={toggle} />
      ))}
    </div>
  );
}

function NewRuleLink() {
  return (
    <AppLink href={withParams(paths.configNew(), { kind: 'PrometheusRule' })} className={buttonClass('secondary')}>
      <Plus />
      New rule
    </AppLink>
  );
}
