'use client';

import { useQueryStates } from 'nuqs';
import { Page } from '#components/shell/page.tsx';
import { useTick } from '#components/time/time-provider.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { readQuery } from '#components/traces/search/query-text.ts';
import { TracesTabs } from '#components/traces/traffic/traces-tabs.tsx';
import { Button } from '#components/ui/button.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import { CompareForm } from './compare-form.tsx';
import { compareParsers, type SetCompare } from './compare-params.ts';
import { SetComparison } from './set-comparison.tsx';
import { setWindows } from './set-range.ts';
import { TraceComparison } from './trace-comparison.tsx';

const MINUTE_MS = 60_000;

/** `/traces/compare`: two traces, or two sets of traces, place by place. */
export function ComparePage() {
  const [state, setState] = useQueryStates(compareParsers, { history: 'push' });
  const set: SetCompare = (next) => void setState(next);
  const { view } = useTimeRange();
  const { nowMs } = useTick();
  // By the minute: a comparison of hundreds of traces is no live view.
  const windows = setWindows(view, state.ra, state.rb, Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS);
  const sets = state.qa !== null || state.qb !== null;
  const [qa, qb] = [state.qa ?? '', state.qb ?? ''];
  const same = qa === qb && windows.a.fromMs === windows.b.fromMs && windows.a.toMs === windows.b.toMs;
  return (
    <Page crumbs={[{ label: 'Traces' }]} badge={<TracesTabs />} namespaces={false} time={sets} toolbar={<CompareForm key={JSON.stringify([state.a, state.b, state.qa, state.qb])} state={state} set={set} windows={windows} />}>
      {!sets && (state.a === '' || state.b === '') ? (
        <EmptyState title="Give two traces" hint="Choose two rows of a search and press “Compare the two”, or paste two trace ids." />
      ) : !sets ? (
        <TraceComparison a={state.a} b={state.b} state={state} set={set} />
      ) : same || !readQuery(qa).ok || !readQuery(qb).ok ? (
        <SetStarters set={set} />
      ) : (
        <SetComparison qa={qa} qb={qb} windows={windows} state={state} set={set} />
      )}
    </Page>
  );
}

/** Shown until the sets differ: what a set is, and pairs to begin with. */
function SetStarters({ set }: { readonly set: SetCompare }) {
  return (
    <EmptyState
      title="Tell the two sets apart"
      hint="A set is what a TraceQL query finds in a time range. Give two queries, or one range that comes before the other: before and after a change."
      action={
        <>
          <Button onClick={() => set({ ra: { kind: 'before' }, rb: null })}>Just before, and now</Button>
          <Button onClick={() => set({ qa: '{ trace:duration < 100ms }', qb: '{ trace:duration >= 100ms }' })}>Fast and slow</Button>
        </>
      }
    />
  );
}
