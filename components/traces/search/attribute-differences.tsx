'use client';

import { formatNumber } from '#components/charts/format-number.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { DeltasAnswer } from '#server/traces/trace-questions.ts';
import { valueText } from './conditions.ts';

export interface AttributeDifferencesProps {
  readonly attributes: DeltasAnswer['attributes'];
  /** What the two sides are called: `in the marked part`, `in the rest`. */
  readonly inside: string;
  readonly outside: string;
  /** Makes a value of an attribute a condition of the search; or shuts it out. */
  readonly onChoose: (field: string, value: AttributeValue, how: 'include' | 'exclude') => void;
}

/** Attributes that tell two sets of spans apart, the most telling first: for each value its share of both. */
export function AttributeDifferences({ attributes, inside, outside, onChoose }: AttributeDifferencesProps) {
  return (
    <>
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-x-6 gap-y-4" aria-label="Attributes that differ, most telling first">
        {attributes.map((one) => (
          <Difference key={one.field} attribute={one} onChoose={onChoose} />
        ))}
      </ul>
      <p className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 text-label text-fg-tertiary">
        <span className="flex items-center gap-1.5">
          <span className="h-1.5 w-4 rounded-sm bg-series-2" aria-hidden /> {inside}
        </span>
        <span className="flex items-center gap-1.5">
          <span className="h-1.5 w-4 rounded-sm bg-series-12" aria-hidden /> {outside}
        </span>
        <span>A press on a value searches for it; with Alt, for all without it.</span>
      </p>
    </>
  );
}

const VALUES = 4;

function Difference({ attribute, onChoose }: { readonly attribute: DeltasAnswer['attributes'][number]; readonly onChoose: AttributeDifferencesProps['onChoose'] }) {
  const values = attribute.values.toSorted((a, b) => Math.abs(b.inside - b.outside) - Math.abs(a.inside - a.outside)).slice(0, VALUES);
  return (
    <li className="flex min-w-0 flex-col gap-1">
      <h3 className="flex items-baseline gap-2 text-label">
        <span className="min-w-0 flex-1 truncate font-mono font-medium" title={`${attribute.field}: on ${attribute.present.inside} and ${attribute.present.outside} spans`}>
          {attribute.field}
        </span>
        <span className="text-axis text-fg-tertiary tabular-nums" title="How much the shares differ, 0 to 100">
          {Math.round(Math.min(1, attribute.score) * 100)}
        </span>
      </h3>
      <ul className="flex flex-col">
        {values.map(({ value, inside, outside }) => (
          <li key={valueText(value)}>
            <button
              type="button"
              title={`${attribute.field} = ${valueText(value)}`}
              onClick={(event) => onChoose(attribute.field, value, event.altKey ? 'exclude' : 'include')}
              className="focus-inset -mx-1 flex w-[calc(100%+8px)] flex-col gap-0.5 rounded-control px-1 py-0.5 text-left hover:bg-hover"
            >
              <span className="flex w-full items-baseline gap-2 text-label">
                <span className="min-w-0 flex-1 truncate">{valueText(value) === '' ? '(empty)' : valueText(value)}</span>
                <span className="shrink-0 text-axis text-fg-secondary tabular-nums">
                  {formatNumber(inside, 'ratio')} <span className="text-fg-tertiary">against</span> {formatNumber(outside, 'ratio')}
                </span>
              </span>
              <Bar share={inside} color="bg-series-2" />
              <Bar share={outside} color="bg-series-12" />
            </button>
          </li>
        ))}
      </ul>
    </li>
  );
}

function Bar({ share, color }: { readonly share: number; readonly color: string }) {
  return (
    <span className="block h-1 w-full overflow-hidden rounded-sm bg-active" aria-hidden>
      <span className={`block h-full ${color}`} style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
    </span>
  );
}
