'use client';

import { Table2 } from 'lucide-react';
import { useState } from 'react';
import { cx } from '#components/ui/class-names.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import { stepOf, summarise, valueAt, type ChartSeries } from './chart-series.ts';
import { useCrosshair } from './crosshair.tsx';
import { formatNumber, type Unit } from './format-number.ts';

export interface ChartLegendProps {
  readonly label: string;
  readonly series: readonly (ChartSeries & { readonly color: string })[];
  readonly unit: Unit;
  readonly hidden: ReadonlySet<string>;
  readonly onHiddenChange: (hidden: ReadonlySet<string>) => void;
}

/** Names of the lines with the value under the crosshair (else the last); pressing one hides it, with Shift the others. */
export function ChartLegend({ label, series, unit, hidden, onHiddenChange }: ChartLegendProps) {
  const [asTable, setAsTable] = useState(false);
  const toggle = (id: string, only: boolean): void => {
    const next = new Set(hidden);
    if (only) {
      const others = series.map((one) => one.id).filter((other) => other !== id);
      onHiddenChange(others.every((other) => hidden.has(other)) ? new Set() : new Set(others));
      return;
    }
    if (!next.delete(id)) next.add(id);
    onHiddenChange(next.size === series.length ? new Set() : next);
  };
  return (
    <figcaption className="flex items-start gap-1 pl-2">
      <div className="min-w-0 flex-1">
        {asTable ? (
          <SeriesTable label={label} series={series} unit={unit} />
        ) : (
          <ul aria-label={`Series of ${label}`} className="flex max-h-14 flex-wrap gap-x-1 overflow-y-auto">
            {series.map((one) => (
              <li key={one.id} className="min-w-0">
                <button type="button" aria-pressed={!hidden.has(one.id)} title={`${one.label}: press to hide, with Shift to show alone`} onClick={(event) => toggle(one.id, event.shiftKey)} className={cx('focus-inset flex h-6 max-w-60 items-center gap-1.5 rounded-control px-1.5 text-label hover:bg-hover', hidden.has(one.id) && 'opacity-45')}>
                  <Swatch color={one.color} dashed={one.dashed === true} />
                  <span className="truncate text-fg-secondary">{one.label}</span>
                  <LegendValue one={one} unit={unit} />
                </button>
              </li>
            ))}
          </ul>
        )}
      </div>
      <IconButton label={asTable ? 'Show as legend' : 'Show as table'} icon={<Table2 />} pressed={asTable} onClick={() => setAsTable(!asTable)} className="size-6 opacity-70 hover:opacity-100 focus-visible:opacity-100 [&_svg]:size-3.5" />
    </figcaption>
  );
}

function Swatch({ color, dashed }: { readonly color: string; readonly dashed: boolean }) {
  return <span className={cx('w-2.5 shrink-0 border-t-2', dashed && 'border-dashed')} style={{ borderColor: color }} aria-hidden />;
}

function LegendValue({ one, unit }: { readonly one: ChartSeries; readonly unit: Unit }) {
  const moment = useCrosshair();
  const value = moment === undefined ? summarise(one.points).last : valueAt(one.points, moment, stepOf(one) / 2);
  return <span className="tabular-nums">{formatNumber(value, unit)}</span>;
}

function SeriesTable({ label, series, unit }: Pick<ChartLegendProps, 'label' | 'series' | 'unit'>) {
  return (
    <div className="max-h-52 overflow-y-auto" tabIndex={0} role="region" aria-label={`${label} as a table`}>
      <table className="w-full text-label">
        <thead className="sticky top-0 bg-panel text-fg-tertiary">
          <tr>
            <th scope="col" className="py-1 text-left font-medium">
              Series
            </th>
            {['Last', 'Mean', 'Min', 'Max'].map((name) => (
              <th key={name} scope="col" className="py-1 pl-3 text-right font-medium">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {series.map((one) => {
            const { last, mean, min, max } = summarise(one.points);
            return (
              <tr key={one.id} className="border-t border-line-subtle">
                <th scope="row" className="max-w-0 w-full truncate py-1 text-left font-normal">
                  <span className="mr-1.5 inline-block w-2.5 border-t-2 align-middle" style={{ borderColor: one.color }} aria-hidden />
                  {one.label}
                </th>
                {[last, mean, min, max].map((value, index) => (
                  <td key={index} className="py-1 pl-3 text-right whitespace-nowrap">
                    {formatNumber(value, unit)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
