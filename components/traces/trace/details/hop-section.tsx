import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { ShareMeter } from '#components/charts/share-meter.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { cx } from '#components/ui/class-names.ts';
import { spanKind, spanText, type TraceModel } from '../model/trace-model.ts';
import type { HopRow } from '../rows/grouped-rows.ts';
import { Section } from './section.tsx';
import { configHref, rangeAround, upstreamOf } from './span-links.ts';
import { withParams } from '#components/api/paths.ts';

export interface HopSectionProps {
  readonly model: TraceModel;
  readonly hop: HopRow;
  readonly selected: number;
  /** When it happened, Unix ms. */
  readonly atMs: number;
  readonly onSelect: (row: number) => void;
}

/** A call between two proxies: where its time went, the spans it is made of, and what governs it. */
export function HopSection({ model, hop, selected, atMs, onSelect }: HopSectionProps) {
  const { columns } = model;
  const parts = [
    { label: 'Network and caller’s proxy', value: hop.networkNano, color: 'var(--series-12)' },
    { label: 'Callee’s proxy', value: hop.sidecarNano, color: 'var(--series-7)' },
    { label: hop.appMeasured ? 'App' : 'App and its proxy', value: hop.appNano, color: 'var(--series-1)' },
    { label: 'Waiting for its own calls', value: hop.downstreamNano, color: 'var(--series-5)' },
  ].filter((part) => part.value > 0);
  const members = [hop.row, ...hop.absorbed].toSorted((a, b) => a - b);
  const upstream = upstreamOf(spanText(columns, 'upstreamCluster', hop.client ?? hop.row));
  const proxy = spanText(columns, 'nodeId', hop.servers.at(-1) ?? hop.row);
  return (
    <Section title={`${hop.from} → ${hop.to}`} note={formatNumber(hop.totalNano / 1e6, 'ms')}>
      <ShareMeter label="Where the time of this call went" segments={parts} legend />
      {members.length > 1 && (
        <ul className="mt-2 flex flex-wrap gap-1" aria-label="Spans of this call">
          {members.map((row) => (
            <li key={row}>
              <button type="button" aria-pressed={row === selected} onClick={() => onSelect(row)} className={cx('rounded-control border px-1.5 text-label leading-6 hover:bg-hover', row === selected ? 'border-line-strong bg-active font-medium' : 'border-line text-fg-secondary')}>
                {roleOf(model, hop, row)} <span className="text-fg-tertiary tabular-nums">{formatNumber((columns.duration[row] ?? 0) / 1e6, 'ms')}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <nav aria-label="What governs this call" className="mt-2 flex flex-wrap gap-x-3 gap-y-1 text-label">
        {upstream?.service !== undefined && (
          <>
            <HopLink href={paths.service(upstream.service.namespace, upstream.service.name)}>{`Service ${upstream.service.name}`}</HopLink>
            <HopLink href={configHref('VirtualService', upstream.service, upstream.service.name)}>Routes</HopLink>
            <HopLink href={configHref('DestinationRule', upstream.service, upstream.service.name)}>{upstream.subset === undefined ? 'Destination rules' : `Destination rule of ${upstream.subset}`}</HopLink>
            <HopLink href={withParams(paths.config(), { kind: 'AuthorizationPolicy', namespace: upstream.service.namespace })}>Policies</HopLink>
            <HopLink href={withParams(paths.dashboard('service'), { service: upstream.host, ...rangeAround(atMs) })}>Service metrics then</HopLink>
            <HopLink href={withParams(paths.explore([`histogram_quantile(0.95, sum by (le) (rate(istio_request_duration_milliseconds_bucket{destination_service="${upstream.host}"}[1m])))`]), rangeAround(atMs))}>Explore</HopLink>
          </>
        )}
        {proxy !== undefined && <HopLink href={paths.proxy(proxy)}>Callee’s proxy</HopLink>}
      </nav>
    </Section>
  );
}

function HopLink({ href, children }: { readonly href: string; readonly children: string }) {
  return (
    <AppLink href={href} className="text-accent hover:underline">
      {children}
    </AppLink>
  );
}

function roleOf({ columns }: TraceModel, hop: HopRow, row: number): string {
  if (row === hop.app) return 'App';
  const attempt = hop.servers.indexOf(row);
  if (attempt >= 0) return hop.servers.length > 1 ? `Attempt ${attempt + 1}` : 'Callee’s proxy';
  return spanKind(columns, row) === 'client' ? 'Caller’s proxy' : 'Proxy';
}
