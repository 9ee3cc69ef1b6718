'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { Select } from '#components/ui/select.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import { EmptyState, Notice } from '#components/ui/states.tsx';
import type { TargetsAnswer } from '#server/scrape/routes.ts';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import { targetsQuery } from './queries.ts';
import { poolLabel, targetKey } from './read-target.ts';
import { TargetPanel } from './target-panel.tsx';
import { DroppedTable, TargetTable } from './target-table.tsx';

const STATES = ['all', 'up', 'down', 'unknown', 'dropped'] as const;
type State = (typeof STATES)[number];

/** `/targets`: where the metrics come from, and whether they still do. */
export function TargetsPage() {
  const query = useQuery(targetsQuery);
  const [chosen, setChosen] = useQueryState('target', parseAsString.withOptions({ history: 'push' }));
  const open = query.data?.targets.find((row) => targetKey(row) === chosen);
  return (
    <Page crumbs={[{ label: 'Targets' }]} time={false} fill>
      <SplitLayout sideWidth={440} side={open === undefined ? undefined : <TargetPanel target={open} onClose={() => void setChosen(null)} />}>
        <DataState query={query} skeleton={<TableSkeleton />} className="flex h-full min-h-0 flex-col" empty={nothingToScrape}>
          {(answer) => (
            <>
              {answer.problems.map((problem) => (
                <Notice key={problem} status="degraded" title="Where targets come from:" message={<span title={problem}>{problem}</span>} />
              ))}
              <div className="min-h-0 flex-1">
                <Targets answer={answer} chosen={chosen ?? undefined} onChoose={(key) => void setChosen(key === chosen ? null : key)} />
              </div>
            </>
          )}
        </DataState>
      </SplitLayout>
    </Page>
  );
}

function nothingToScrape({ targets, dropped, problems }: TargetsAnswer) {
  if (targets.length > 0 || dropped.length > 0 || problems.length > 0) return undefined;
  return {
    title: 'Nothing is scraped yet',
    hint: (
      <>
        A workload entry annotated <code>prometheus.io/scrape: &quot;true&quot;</code> becomes a target within seconds; jobs of a Prometheus configuration do with <code>--scrape-config FILE</code>.
      </>
    ),
  };
}

function Targets({ answer, chosen, onChoose }: { readonly answer: TargetsAnswer; readonly chosen: string | undefined; readonly onChoose: (key: string) => void }) {
  const { selected: namespaces } = useNamespaces();
  const [state, setState] = useQueryState('state', parseAsStringLiteral(STATES).withDefault('all').withOptions({ history: 'push' }));
  const [pool, setPool] = useQueryState('pool', parseAsString.withDefault('').withOptions({ history: 'push' }));
  // What has no namespace is of none in particular: it stays.
  const inScope = answer.targets.filter(({ labels }) => namespaces.length === 0 || labels['namespace'] === undefined || namespaces.includes(labels['namespace']));
  const ofPool = pool === '' ? inScope : inScope.filter(({ scrapePool }) => scrapePool === pool);
  const dropped = pool === '' ? answer.dropped : answer.dropped.filter(({ scrapePool }) => scrapePool === pool);
  const toolbar = (
    <>
      {answer.pools.length > 1 && (
        <Select
          label="Pool"
          value={pool}
          onValueChange={(next) => void setPool(next === '' ? null : next)}
          options={[{ value: '', label: `All ${answer.pools.length} pools` }, ...answer.pools.map((name) => ({ value: name, label: poolLabel(name, inScope) }))]}
          className="max-w-56"
        />
      )}
      <SegmentedControl label="State" value={state} onValueChange={(next) => void setState(next)} options={stateOptions(ofPool, dropped.length, state)} />
    </>
  );
  if (state === 'dropped') return <DroppedTable dropped={dropped} toolbar={toolbar} />;
  const shown = state === 'all' ? ofPool : ofPool.filter(({ health }) => health === state);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className={shown.length === 0 ? 'shrink-0' : 'min-h-0 flex-1'}>
        <TargetTable targets={shown} selectedKey={chosen} onOpen={onChoose} toolbar={toolbar} withPool={answer.pools.length > 1 && pool === ''} />
      </div>
      {shown.length === 0 && <EmptyState {...noneShown(state, pool)} />}
    </div>
  );
}

/** States that no target is in are left out, save the two that everybody looks for. */
function stateOptions(targets: readonly TargetStatus[], dropped: number, chosen: State) {
  const count = (health: TargetStatus['health']): number => targets.filter((row) => row.health === health).length;
  const options: readonly { readonly value: State; readonly label: string; readonly count: number }[] = [
    { value: 'all', label: 'All', count: targets.length },
    { value: 'up', label: 'Up', count: count('up') },
    { value: 'down', label: 'Down', count: count('down') },
    { value: 'unknown', label: 'Not yet', count: count('unknown') },
    { value: 'dropped', label: 'Dropped', count: dropped },
  ];
  return options.filter((option) => option.count > 0 || option.value === chosen || option.value === 'all' || option.value === 'up' || option.value === 'down').map(({ value, label, count: many }) => ({ value, label: `${label} ${many}` }));
}

function noneShown(state: State, pool: string): { readonly title: string; readonly hint?: string } {
  const where = pool === '' ? '' : ` of ${pool}`;
  if (state === 'down') return { title: `No target${where} is down`, hint: 'All that were scraped answered.' };
  if (state === 'up') return { title: `No target${where} is up` };
  if (state === 'unknown') return { title: `Every target${where} was scraped` };
  return { title: pool === '' ? 'No target is in these namespaces' : `The pool ${pool} has no targets`, hint: pool === '' ? 'Choose others at the top.' : 'Its configuration names none, or relabelling drops them all.' };
}
