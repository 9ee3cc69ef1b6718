'use client';

import { History, Library, Play } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { Unit } from '#components/charts/format-number.ts';
import { Page } from '#components/shell/page.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { Button } from '#components/ui/button.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import { SplitLayout } from '#components/ui/split-layout.tsx';
import { Tabs } from '#components/ui/tabs.tsx';
import { ExplainView, type PointedPart } from './explain-view.tsx';
import { ExploreOptionBar } from './explore-options.tsx';
import { ExploreStarters } from './explore-starters.tsx';
import { GraphView } from './graph-view.tsx';
import { guessUnit } from './guess-unit.ts';
import { HistoryPanel } from './history-panel.tsx';
import { MetricBrowser } from './metric-browser.tsx';
import { QueryList } from './query-list.tsx';
import { promqlHistory } from './promql-history.ts';
import { activeQueries, type QueryRow } from './query-rows.ts';
import { VIEWS, type ExploreSide, type ExploreView } from './search-params.ts';
import { chooseStep } from './step-choice.ts';
import { TableView } from './table-view.tsx';
import { useAnswers, type Answer } from './use-answers.ts';
import { useExploreOptions, useExploreRows, type DraftRow, type ExploreOptions } from './use-explore-state.ts';

const VIEW_TITLES: Readonly<Record<ExploreView, string>> = { graph: 'Graph', table: 'Table', explain: 'Explain' };
const SIDE_TITLES: Readonly<Record<ExploreSide, string>> = { metrics: 'Metrics', history: 'History' };

/** `/explore`: PromQL by hand, with graph, table and explanation. */
export function ExplorePage() {
  const rows = useExploreRows();
  const [options, setOptions] = useExploreOptions();
  const { window, endSeconds } = useTimeRange();
  const step = useMemo(() => chooseStep(window, options.step), [window, options.step]);
  const instant = options.view === 'table' && !options.over;
  const answers = useAnswers(rows.ran, step.range, instant ? endSeconds : undefined);
  const [pointed, setPointed] = useState<PointedPart>();
  const [worked, setWorked] = useState<number>();
  const active = activeQueries(rows.ran);
  const guessed = useMemo(() => commonUnit(rows.ran), [rows.ran]);
  const unit = options.unit === 'auto' ? guessed : options.unit;

  const run = (change?: (all: readonly DraftRow[]) => readonly DraftRow[]): void => {
    const now = rows.run(change);
    for (const { expr } of activeQueries(now)) promqlHistory.note(expr, Date.now());
    // The same queries again: the URL does not change, so nothing would be asked.
    if (JSON.stringify(activeQueries(now)) === JSON.stringify(active)) for (const answer of answers) answer.refetch();
  };
  const use = (expr: string, how: 'replace' | 'add', legend = ''): void =>
    run((all) => {
      const target = all.find(({ expr: text }) => text.trim() === '') ?? (how === 'add' ? undefined : (all.find(({ id }) => id === worked) ?? all[0]));
      return target === undefined ? [...all, rows.newRow({ expr, legend })] : all.map((row) => (row.id === target.id ? { ...row, expr, legend, disabled: false } : row));
    });
  const toggleSide = (side: ExploreSide): void => setOptions({ side: options.side === side ? null : side });

  return (
    <Page
      crumbs={[{ label: 'Explore' }]}
      namespaces={false}
      fill
      actions={
        <>
          <Button variant="ghost" icon={<Library />} aria-pressed={options.side === 'metrics'} onClick={() => toggleSide('metrics')}>
            Metrics
          </Button>
          <Button variant="ghost" icon={<History />} aria-pressed={options.side === 'history'} onClick={() => toggleSide('history')}>
            History
          </Button>
          <Button variant="primary" icon={<Play />} onClick={() => run()}>
            Run
          </Button>
        </>
      }
    >
      <SplitLayout
        sideWidth={400}
        side={
          options.side !== null && (
            <SidePanel label={SIDE_TITLES[options.side]} title={SIDE_TITLES[options.side]} onClose={() => setOptions({ side: null })}>
              {options.side === 'metrics' ? <MetricBrowser at={endSeconds} onUse={(expr, how) => use(expr, how)} /> : <HistoryPanel history={promqlHistory} onTake={(expr) => use(expr, 'replace')} />}
            </SidePanel>
          )
        }
      >
        <div className="h-full overflow-y-auto">
          <div className="mx-auto flex max-w-[1680px] min-w-0 flex-col gap-3 p-4">
            <QueryList rows={rows} answers={answers} pointed={pointed} endSeconds={endSeconds} run={run} onFocusRow={setWorked} />
            {active.length === 0 && rows.drafts.every((row) => row.expr.trim() === '') ? (
              <ExploreStarters onTake={({ expr, legend }) => use(expr, 'replace', legend)} onBrowse={() => setOptions({ side: 'metrics' })} />
            ) : (
              active.length > 0 && (
                <Panel flush>
                  <Tabs
                    label="Answer as"
                    value={options.view}
                    onValueChange={(view) => setOptions({ view })}
                    className="[&_[role=tablist]]:px-2"
                    tabs={VIEWS.map((view) => ({ value: view, label: VIEW_TITLES[view], content: <Shown view={view} {...{ options, setOptions, step, guessed, answers, unit, endSeconds, setPointed, ran: rows.ran }} /> }))}
                  />
                </Panel>
              )
            )}
          </div>
        </div>
      </SplitLayout>
    </Page>
  );
}

interface ShownProps {
  readonly view: ExploreView;
  readonly options: ExploreOptions;
  readonly setOptions: (change: Partial<ExploreOptions>) => void;
  readonly step: ReturnType<typeof chooseStep>;
  readonly guessed: Unit;
  readonly answers: readonly Answer[];
  readonly unit: Unit;
  readonly endSeconds: number;
  readonly ran: readonly QueryRow[];
  readonly setPointed: (part: PointedPart | undefined) => void;
}

/** One of the views with its options over it. */
function Shown({ view, options, setOptions, step, guessed, answers, unit, endSeconds, ran, setPointed }: ShownProps) {
  return (
    <div className="min-w-0" aria-busy={answers.some((answer) => answer.isFetching && answer.isOld) || undefined}>
      <ExploreOptionBar options={options} onChange={setOptions} step={step} guessed={guessed} />
      {view === 'graph' && <GraphView answers={answers} range={step.range} unit={unit} options={options} />}
      {view === 'table' && <TableView answers={answers} unit={unit} at={endSeconds} over={options.over} onOverChange={(over) => setOptions({ over })} />}
      {view === 'explain' && <ExplainView rows={ran} range={step.range} onPoint={setPointed} />}
    </div>
  );
}

/** The unit of all queries when they have one; otherwise plain numbers. */
function commonUnit(rows: readonly QueryRow[]): Unit {
  const units = new Set(activeQueries(rows).map(({ expr }) => guessUnit(expr)));
  const [only] = units;
  return units.size === 1 && only !== undefined ? only : 'none';
}
