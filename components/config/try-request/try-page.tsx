'use client';

import { useQuery } from '@tanstack/react-query';
import { useQueryStates } from 'nuqs';
import { useSettled } from '../use-settled.ts';
import { Page } from '#components/shell/page.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { SegmentedControl } from '#components/ui/segmented-control.tsx';
import { EmptyState } from '#components/ui/states.tsx';
import type { SimulateAnswer } from '#server/config/simulate.ts';
import { CallerSteps } from './caller-steps.tsx';
import { keepChange, useKeptChange } from '#components/change/kept-change.ts';
import { ChangePanel } from './change-panel.tsx';
import { DestinationPanel } from './destination-panel.tsx';
import { UnwrittenObjects } from './object-link.tsx';
import { OutcomePanel } from './outcome-panel.tsx';
import { tryRequestQuery } from './queries.ts';
import { readRequest, type TryBody } from './request-body.ts';
import { RequestForm } from './request-form.tsx';
import { changeParsers, requestParsers, type SIDES } from './search-params.ts';

type Side = (typeof SIDES)[number];

/** `/try`: one request, and every decision that the mesh would take about it. Nothing is sent. */
export function TryPage() {
  const [request, setRequest] = useQueryStates(requestParsers);
  const [{ change, side }, setChange] = useQueryStates(changeParsers);
  const yaml = useKeptChange();
  const { body, problems } = readRequest(request);
  const whole = body === undefined ? undefined : { ...body, ...(change && yaml.trim() !== '' ? { yaml } : {}) };
  const settled = useSettled(JSON.stringify(whole ?? null), 250);
  // Safe because it is what was just written as JSON.
  const asked = (JSON.parse(settled) as TryBody | null) ?? undefined;
  const query = useQuery(tryRequestQuery(asked));
  const isReady = whole !== undefined && asked !== undefined;
  return (
    <Page crumbs={[{ label: 'Try a request' }]} namespaces={false} time={false}>
      <div className="grid items-start gap-4 lg:grid-cols-[340px_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4 lg:sticky lg:top-0">
          <RequestForm request={request} problems={problems} onChange={(next) => void setRequest(next)} />
          <ChangePanel on={change} onToggle={(on) => void setChange({ change: on })} yaml={yaml} onEdit={keepChange} />
        </div>
        <div className="min-w-0" aria-live="polite">
          {isReady ? (
            <DataState query={query}>{(answer) => <Answer answer={answer} side={side} onSide={(next) => void setChange({ side: next })} />}</DataState>
          ) : (
            <Panel>
              <EmptyState
                title={Object.keys(problems).length > 0 ? 'The request is not whole yet' : 'Choose who asks whom'}
                hint={Object.keys(problems).length > 0 ? 'See the fields that are marked.' : 'Then every decision on the way is shown: listener, routes, split, TLS, token, policies and limits, with the rule that decides. Nothing is sent.'}
              />
            </Panel>
          )}
        </div>
      </div>
    </Page>
  );
}

function Answer({ answer, side, onSide }: { readonly answer: SimulateAnswer; readonly side: Side; readonly onSide: (side: Side) => void }) {
  const { changed } = answer;
  const shown = changed !== undefined && side === 'changed' ? changed : answer;
  const destinations = shown.outcome.kind === 'forwarded' && shown.atGateway?.verdict !== 'deny' ? shown.outcome.destinations : [];
  const unwritten = new Set(shown === changed ? changed.objects.flatMap(({ kind, namespace, name, isNew }) => (isNew ? [`${kind}/${namespace ?? ''}/${name}`] : [])) : []);
  return (
    <div className="flex flex-col gap-4">
      {changed === undefined ? (
        <OutcomePanel title="What the client sees" note="Nothing is sent" outcomes={answer.outcomes} />
      ) : (
        <div className="grid gap-4 sm:max-lg:grid-cols-2 xl:grid-cols-2">
          <OutcomePanel title="Now" outcomes={answer.outcomes} />
          <OutcomePanel title="With the change" outcomes={changed.outcomes} />
        </div>
      )}
      {changed !== undefined && (
        <div className="flex flex-wrap items-center gap-2 text-label text-fg-secondary">
          <SegmentedControl label="Decisions shown" value={side} onValueChange={onSide} options={[{ value: 'now', label: 'Now' }, { value: 'changed', label: 'With the change' }]} />
          {JSON.stringify(answer.outcomes) === JSON.stringify(changed.outcomes) ? 'The change makes no difference to what the client sees.' : `The change makes a difference: ${changed.objects.map(({ kind, name }) => `${kind} ${name}`).join(', ')}.`}
        </div>
      )}
      <UnwrittenObjects value={unwritten}>
        <Panel title={answer.caller === 'gateway' ? 'At the gateway' : 'At the caller'}>
          <CallerSteps tried={shown} caller={answer.caller} />
        </Panel>
        {destinations.map((destination) => (
          <DestinationPanel key={destination.cluster} destination={destination} />
        ))}
      </UnwrittenObjects>
    </div>
  );
}
