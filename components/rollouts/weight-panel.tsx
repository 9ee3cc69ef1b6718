'use client';

import { useMemo } from 'react';
import { usePromqlRange } from '#components/api/prometheus.ts';
import type { ChartSeries } from '#components/charts/chart-series.ts';
import { ChartSkeleton } from '#components/charts/promql-panel.tsx';
import { TimeSeriesChart } from '#components/charts/time-series-chart.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { QueryLink } from '#components/ui/query-link.tsx';
import type { RolloutHistoryEntry } from '#mesh-core/domain/resources/canary-rollout.ts';
import { CANARY_COLOR, shareQuery, type Arms } from './arm-queries.ts';
import { wantedWeights } from './weight-series.ts';

/** The canary's share over time: what the rollout wanted, and what callers measured. */
export function WeightPanel({ arms, history, finishedAt }: { readonly arms: Arms; readonly history: readonly RolloutHistoryEntry[]; readonly finishedAt: string | undefined }) {
  const { promRange } = useTimeRange();
  const promql = shareQuery(arms);
  const query = usePromqlRange(promql, promRange);
  const { from, to, step } = promRange;
  const wanted = useMemo(() => {
    const times = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => (from + i * step) * 1000);
    return wantedWeights(history, times, finishedAt);
  }, [history, finishedAt, from, to, step]);
  return (
    <Panel title="Canary share" flush actions={<QueryLink query={promql} />}>
      <DataState query={query} asked={promql} skeleton={<ChartSkeleton height={160} />} className="px-1 pb-2">
        {({ series }) => {
          const lines: ChartSeries[] = [
            { id: 'wanted', label: 'Wanted', points: wanted, color: 'var(--series-12)', dashed: true },
            { id: 'measured', label: 'Measured', points: series[0]?.points ?? [], color: CANARY_COLOR },
          ];
          return <TimeSeriesChart label="Canary share" series={lines} fromMs={promRange.from * 1000} toMs={promRange.to * 1000} unit="percent" height={160} />;
        }}
      </DataState>
    </Panel>
  );
}
