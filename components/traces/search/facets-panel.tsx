'use client';

import { useQueries, useQuery } from '@tanstack/react-query';
import { Plus, X } from 'lucide-react';
import { useId, useState } from 'react';
import { formatNumber } from '#components/charts/format-number.ts';
import { Combobox } from '#components/ui/combobox.tsx';
import { cx } from '#components/ui/class-names.ts';
import { IconButton } from '#components/ui/icon-button.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { toApiError } from '#components/api/api-error.ts';
import type { AttributeValue } from '#server/traces/trace-backend.ts';
import type { FacetsAnswer } from '#server/traces/trace-questions.ts';
import { sameStatic, staticOf, valueText } from './conditions.ts';
import { facetAsks, facetFields, type FacetField } from './facet-fields.ts';
import { attributesQuery, facetsQuery } from './queries.ts';
import { catalogueTexts } from './query-text.ts';
import { shortOperation } from './result-rows.ts';
import type { Search } from './use-search.ts';

/** Values of a facet at first, and when more are asked for. */
const FIRST = 6;
const MORE = 50;

/** The most frequent values of attributes among what matches. A press takes one in, with Alt it shuts it out; again, and it is back. */
export function FacetsPanel({ search }: { readonly search: Search }) {
  const attributes = useQuery(attributesQuery);
  const [more, setMore] = useState<ReadonlySet<string>>(new Set());
  const known = attributes.data?.attributes ?? [];
  const fields = facetFields(known, search.state.facet);
  const asks = facetAsks(search.query, fields);
  const answers = useQueries({
    queries: asks.map((ask) => facetsQuery({ ...search.selection, q: ask.q, fields: ask.fields.map(({ text }) => text), limit: ask.fields.some(({ text }) => more.has(text)) ? MORE : FIRST + 1 })),
  });
  const toggleMore = (field: string): void =>
    setMore((now) => {
      const next = new Set(now);
      if (!next.delete(field)) next.add(field);
      return next;
    });
  const error = answers.find((answer) => answer.error !== null)?.error;
  return (
    <div className="flex flex-col gap-4 p-3">
      {error != null && <p className="text-label text-fg-secondary" role="status">No values: {toApiError(error).message}</p>}
      {fields.map((field) => {
        const at = asks.findIndex((ask) => ask.fields.includes(field));
        const facet = answers[at]?.data?.facets[asks[at]?.fields.indexOf(field) ?? -1];
        const added = search.state.facet.includes(field.text);
        // The usual ones are there when they have something to choose.
        if ((facet?.values.length === 0 && !added) || (facet === undefined && error != null)) return null;
        return (
          <Facet
            key={field.text}
            field={field}
            facet={facet}
            search={search}
            all={more.has(field.text)}
            onMore={() => toggleMore(field.text)}
            {...(added ? { onRemove: () => search.set({ facet: search.state.facet.filter((text) => text !== field.text) }) } : {})}
          />
        );
      })}
      <Combobox
        label="Add an attribute"
        placeholder="Add an attribute"
        value={null}
        options={catalogueTexts(known).filter(({ text }) => !fields.some((field) => field.text === text)).map(({ text, types }) => ({ value: text, label: text, note: types }))}
        onValueChange={(text) => text !== null && search.set({ facet: [...search.state.facet, text] })}
        className="w-full"
      />
    </div>
  );
}

interface FacetProps {
  readonly field: FacetField;
  readonly facet: FacetsAnswer['facets'][number] | undefined;
  readonly search: Search;
  readonly all: boolean;
  readonly onMore: () => void;
  readonly onRemove?: () => void;
}

function Facet({ field, facet: answered, search, all, onMore, onRemove }: FacetProps) {
  const id = useId();
  // What was answered last stays until there is more: values must not vanish under the pointer that presses one.
  const [last, setLast] = useState(answered);
  if (answered !== undefined && answered !== last) setLast(answered);
  const facet = answered ?? last;
  const choice = search.choiceOf(field.field);
  const most = Math.max(1, ...(facet?.values ?? []).map(({ spans }) => spans));
  const shown = all ? (facet?.values ?? []) : (facet?.values.slice(0, FIRST) ?? []);
  const stateOf = (value: AttributeValue): 'in' | 'out' | undefined => {
    const asked = staticOf(field.field, value);
    if (asked === undefined) return undefined;
    return choice.included.some((one) => sameStatic(one, asked)) ? 'in' : choice.excluded.some((one) => sameStatic(one, asked)) ? 'out' : undefined;
  };
  return (
    <section aria-labelledby={id}>
      <header className="flex h-6 items-center gap-1">
        <h2 id={id} className="min-w-0 flex-1 truncate text-label font-medium text-fg-secondary" title={field.text}>
          {field.label}
        </h2>
        {facet !== undefined && facet.distinct > 0 && <span className="text-axis text-fg-tertiary tabular-nums" title={`${facet.distinct} values; ${facet.absent} spans have none`}>{formatNumber(facet.distinct, 'count')}</span>}
        {onRemove !== undefined && <IconButton label={`Remove ${field.text}`} icon={<X />} onClick={onRemove} className="size-6 [&_svg]:size-3" />}
      </header>
      {facet === undefined && <Skeleton className="my-1 h-16 w-full" />}
      {facet?.values.length === 0 && <p className="text-label text-fg-tertiary">No span has it.</p>}
      <ul>
        {shown.map(({ value, spans, errors }) => {
          const state = stateOf(value);
          const text = valueText(value);
          return (
            <li key={text}>
              <button
                type="button"
                aria-pressed={state === 'in'}
                title={`${text}: ${spans} spans${errors > 0 ? `, ${errors} with errors` : ''}. Alt and a press leave it out.`}
                onClick={(event) => search.choose(field.field, value, event.altKey ? 'exclude' : 'include')}
                className={cx('focus-inset relative -mx-1.5 flex h-6 w-[calc(100%+12px)] items-center gap-2 rounded-control px-1.5 text-left text-label hover:bg-hover', state === 'in' && 'bg-selected font-medium', state === 'out' && 'text-fg-tertiary line-through')}
              >
                <span className="min-w-0 flex-1 truncate">
                  {text === '' ? '(empty)' : shortOperation(text)}
                  {state === 'out' && <span className="sr-only"> (left out)</span>}
                </span>
                <span className="h-1 w-10 shrink-0 overflow-hidden rounded-sm bg-active" aria-hidden>
                  <span className="flex h-full" style={{ width: `${(spans / most) * 100}%` }}>
                    <span className="h-full bg-failing" style={{ width: `${(errors / Math.max(1, spans)) * 100}%` }} />
                    <span className="h-full flex-1 bg-series-1" />
                  </span>
                </span>
                <span className="w-10 shrink-0 text-right text-fg-tertiary tabular-nums">{formatNumber(spans, 'count')}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {facet !== undefined && (facet.distinct > FIRST || all) && (
        <button type="button" onClick={onMore} aria-expanded={all} className="mt-0.5 flex h-6 items-center gap-1 rounded-control text-label text-fg-tertiary hover:text-fg">
          {!all && <Plus className="size-3" aria-hidden />}
          {all ? 'Fewer' : `${formatNumber(facet.distinct - Math.min(FIRST, facet.values.length), 'count')} more`}
        </button>
      )}
    </section>
  );
}
