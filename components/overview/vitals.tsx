'use client';

import type { ReactNode } from 'react';
import { paths } from '#components/api/paths.ts';
import { NO_DATA, type Unit } from '#components/charts/format-number.ts';
import { Sparkline } from '#components/charts/sparkline.tsx';
import type { SeriesPoint } from '#components/charts/chart-series.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusGlyph } from '#components/status/status-glyph.tsx';
import type { Status } from '#components/status/status.ts';
import { Stat } from '#components/ui/stat.tsx';
import type { OverviewAnswer } from '#server/overview/schemas.ts';
import { errorColor, errorPoints, sparklinePoints } from './sparkline-points.ts';

/** The mesh's vital signs: traffic and what keeps it safe and steered. Each leads to the page that explains it. */
export function Vitals({ answer }: { readonly answer: OverviewAnswer }) {
  const { totals, totalsSparklines, proxies, targets, workloads } = answer;
  const errors = errorPoints(totalsSparklines.errors, totalsSparklines.requests);
  return (
    <div className="flex flex-wrap gap-px overflow-hidden rounded-panel border border-line bg-line">
      <Traffic label="Requests" href={paths.dashboard('mesh')} value={totals.requestsPerSecond} unit="rps" points={sparklinePoints(totalsSparklines.requests)} />
      <Traffic label="5xx errors" href={paths.dashboard('mesh')} value={totals.errorRatio} unit="ratio" points={errors} color={errorColor(errors)} />
      <Traffic label="p95 latency" href={paths.dashboard('mesh')} value={totals.p95Ms} unit="ms" points={sparklinePoints(totalsSparklines.p95)} />
      <Tile href={paths.graph()}>
        <Stat label="Mutual TLS" value={totals.mtlsRatio} unit="ratio" glyph={<Sign status={totals.mtlsRatio === null ? 'unknown' : totals.mtlsRatio >= 0.999 ? 'healthy' : 'degraded'} />}>
          <Note>of mesh requests</Note>
        </Stat>
      </Tile>
      <Tile href={paths.proxies()}>
        <Share label="Proxies in sync" good={proxies?.synced} of={proxies?.total} status={proxies === null ? 'unknown' : proxies.rejected > 0 ? 'failing' : proxies.stale > 0 ? 'progressing' : 'healthy'}>
          {proxies === null ? 'control plane silent' : proxies.rejected > 0 ? `${proxies.rejected} rejected` : proxies.stale > 0 ? `${proxies.stale} catching up` : 'all acknowledged'}
        </Share>
      </Tile>
      <Tile href={paths.workloads()}>
        <Share label="Workloads ready" good={workloads.ready} of={workloads.total} status={workloads.total === 0 ? 'unknown' : workloads.ready < workloads.total ? 'degraded' : 'healthy'}>
          {workloads.ready < workloads.total ? `${workloads.total - workloads.ready} not ready` : 'all healthy'}
        </Share>
      </Tile>
      <Tile href={paths.targets()}>
        <Share label="Targets up" good={targets.up} of={targets.up + targets.down} status={targets.up + targets.down === 0 ? 'unknown' : targets.down > 0 ? 'degraded' : 'healthy'}>
          {targets.down > 0 ? `${targets.down} down` : 'nothing missing'}
        </Share>
      </Tile>
    </div>
  );
}

interface TrafficProps {
  readonly label: string;
  readonly href: string;
  readonly value: number | null;
  readonly unit: Unit;
  readonly points: readonly SeriesPoint[];
  readonly color?: string;
}

function Traffic({ label, href, value, unit, points, color }: TrafficProps) {
  return (
    <Tile href={href}>
      <Stat label={label} value={value} unit={unit}>
        <Sparkline points={points} label={label} unit={unit} width={120} height={24} {...(color === undefined ? {} : { color })} />
      </Stat>
    </Tile>
  );
}

function Share({ label, good, of, status, children }: { readonly label: string; readonly good: number | undefined; readonly of: number | undefined; readonly status: Status; readonly children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <div className="flex items-center gap-1.5 text-label text-fg-secondary">
        <Sign status={status} />
        <span className="truncate">{label}</span>
      </div>
      <div className="text-big font-semibold tabular-nums">
        {good ?? NO_DATA}
        {of !== undefined && <span className="text-section font-medium text-fg-secondary"> / {of}</span>}
      </div>
      <Note>{children}</Note>
    </div>
  );
}

function Sign({ status }: { readonly status: Status }) {
  return <StatusGlyph status={status} size={12} label={status} />;
}

function Note({ children }: { readonly children: ReactNode }) {
  return <p className="truncate text-label text-fg-tertiary">{children}</p>;
}

function Tile({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  return (
    <AppLink href={href} className="focus-inset min-w-0 grow basis-[22%] bg-panel p-3 xl:basis-[12%] hover:bg-[color-mix(in_oklab,var(--surface-panel),var(--text-primary)_4%)]">
      {children}
    </AppLink>
  );
}
