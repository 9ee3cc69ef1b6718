'use client';

import { useQuery } from '@tanstack/react-query';
import { useId, useState, type FormEvent } from 'react';
import { Button } from '#components/ui/button.tsx';
import { Combobox } from '#components/ui/combobox.tsx';
import { Input } from '#components/ui/input.tsx';
import { Select } from '#components/ui/select.tsx';
import { attributeKeysQuery, traceOperationsQuery, traceServicesQuery } from './queries.ts';
import { STATUSES, type SearchState } from './search-state.ts';

const STATUS_LABELS: Readonly<Record<SearchState['status'], string>> = { any: 'Any status', error: 'With errors', ok: 'Status ok', unset: 'Status unset' };

/** The search form: choices act at once, texts on Enter or "Search". */
export function TraceSearchForm({ state, onChange }: { readonly state: SearchState; readonly onChange: (next: Partial<SearchState>) => void }) {
  const services = useQuery(traceServicesQuery);
  const operations = useQuery(traceOperationsQuery(state.service));
  const keys = useQuery(attributeKeysQuery);
  const listId = useId();
  // Texts are kept here until sent; a change of the URL (back, a link) replaces them.
  const fromUrl = JSON.stringify([state.tags, state.min, state.max]);
  const [draft, setDraft] = useState({ of: fromUrl, tags: state.tags, min: state.min, max: state.max });
  const texts = draft.of === fromUrl ? draft : { tags: state.tags, min: state.min, max: state.max };
  const edit = (next: Partial<{ tags: string; min: string; max: string }>): void => setDraft({ tags: texts.tags, min: texts.min, max: texts.max, ...next, of: fromUrl });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onChange({ tags: texts.tags.trim(), min: texts.min.trim(), max: texts.max.trim() });
  };
  return (
    <form onSubmit={submit} className="flex min-w-0 flex-1 flex-wrap items-center gap-2" role="search" aria-label="Traces">
      <Combobox label="Service" value={state.service} onValueChange={(service) => onChange({ service, operation: null })} options={(services.data?.services ?? []).map((value) => ({ value, label: value }))} placeholder="Any service" className="w-40" />
      <Combobox label="Operation" value={state.operation} onValueChange={(operation) => onChange({ operation })} options={(operations.data?.operations ?? []).map(({ name, kind }) => ({ value: name, label: name, note: kind }))} placeholder={state.service === null ? 'Any operation' : 'Any of its operations'} emptyText={state.service === null ? 'Choose a service first.' : 'Nothing matches.'} className="w-44" />
      <Input aria-label="Tags" mono list={listId} value={texts.tags} onChange={(event) => edit({ tags: event.target.value })} placeholder="http.status_code=503 error=true" spellCheck={false} autoComplete="off" data-page-search="" className="min-w-40 flex-1 basis-44" />
      <datalist id={listId}>
        {(keys.data?.keys ?? []).map((key) => (
          <option key={key} value={`${key}=`} />
        ))}
      </datalist>
      <Input aria-label="Shortest duration" value={texts.min} onChange={(event) => edit({ min: event.target.value })} placeholder="≥ 20ms" className="!w-20" />
      <Input aria-label="Longest duration" value={texts.max} onChange={(event) => edit({ max: event.target.value })} placeholder="≤ 2s" className="!w-20" />
      <Select label="Status" value={state.status} onValueChange={(status) => onChange({ status })} options={STATUSES.map((value) => ({ value, label: STATUS_LABELS[value] }))} />
      <Button type="submit" variant="primary">
        Search
      </Button>
    </form>
  );
}
