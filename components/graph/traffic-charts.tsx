'use client';

import { useMemo } from 'react';
import { codeClassColor } from '#components/charts/chart-series.ts';
import { PromqlPanel, type PanelQuery } from '#components/charts/promql-panel.tsx';
import { useTimeRange } from '#components/time/use-time-range.ts';
import { errorShare, latencyQuantile, rateByCode, tcpRate, type TrafficSelector } from './traffic-queries.ts';

const HEIGHT = 112;
/** A rate needs a few scrapes even when the chart's step is shorter. */
const LEAST_WINDOW_SECONDS = 30;

/** Requests, errors and response times over the page's time range; bytes for TCP. */
export function TrafficCharts({ selector }: { readonly selector: TrafficSelector }) {
  const { promRange } = useTimeRange();
  const window = `${Math.max(LEAST_WINDOW_SECONDS, promRange.step)}s`;
  const { matchers, tcp } = selector;
  const queries = useMemo(() => chartQueries({ matchers, tcp }, window), [matchers, tcp, window]);
  if (tcp) return <PromqlPanel title="Throughput" unit="bytesPerSecond" queries={queries.bytes} height={HEIGHT} />;
  return (
    <div className="flex flex-col gap-2">
      <PromqlPanel title="Requests" note="by response code" unit="rps" kind="stacked-area" queries={queries.requests} height={HEIGHT} />
      <PromqlPanel title="Errors" note="4xx, 5xx or no answer" unit="ratio" kind="area" queries={queries.errors} height={HEIGHT} />
      <PromqlPanel title="Response time" unit="ms" queries={queries.latency} height={HEIGHT} />
    </div>
  );
}

function chartQueries(selector: TrafficSelector, window: string): Readonly<Record<'requests' | 'errors' | 'latency' | 'bytes', readonly PanelQuery[]>> {
  return {
    requests: [{ promql: rateByCode(selector, window), legend: ({ response_code: code }) => (code === undefined || code === '0' ? 'no response' : code), color: ({ response_code: code }) => codeClassColor(code ?? '-') }],
    errors: [{ promql: errorShare(selector, window), legend: 'Errors', color: 'var(--status-failing-fg)' }],
    latency: [
      { promql: latencyQuantile(0.5, selector, window), legend: 'p50', color: 'var(--series-5)' },
      { promql: latencyQuantile(0.95, selector, window), legend: 'p95', color: 'var(--series-1)' },
      { promql: latencyQuantile(0.99, selector, window), legend: 'p99', color: 'var(--series-7)' },
    ],
    bytes: [
      { promql: tcpRate('sent', selector, window), legend: 'Sent' },
      { promql: tcpRate('received', selector, window), legend: 'Received' },
    ],
  };
}
