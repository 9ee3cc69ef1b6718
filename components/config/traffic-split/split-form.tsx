'use client';

import { TooComplex } from '#components/change/too-complex.tsx';
import { useQueryClient } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { seriesColor } from '#components/charts/chart-series.ts';
import { ShareMeter } from '#components/charts/share-meter.tsx';
import { useMay } from '#components/session/queries.ts';
import { Panel } from '#components/ui/panel.tsx';
import { serviceFqdn } from '#mesh-core/domain/resources/host-name.ts';
import { QueryLink } from '#components/ui/query-link.tsx';
import { FormEditor } from '#components/change/form-editor.tsx';
import { objectHref } from '../object-href.ts';
import { sharesExpression } from '../queries.ts';
import { conditionProblem } from './match-condition.ts';
import { describeSplit, versionName } from './describe-split.ts';
import { MirrorFields, ReliabilityFields } from './extra-fields.tsx';
import type { SplitSources } from './find-split-objects.ts';
import type { MeasuredShares } from './measured-shares.ts';
import { RuleList } from './rule-list.tsx';
import { ShareSliders } from './share-sliders.tsx';
import { splitProblems, type RunningVersion, type TrafficSplit } from './traffic-split-model.ts';
import { useSplitDraft } from './use-split-draft.ts';

export interface SplitFormProps {
  readonly namespace: string;
  readonly host: string;
  readonly sources: SplitSources;
  readonly running: readonly RunningVersion[];
  readonly measured: MeasuredShares | undefined;
  readonly windowSeconds: number;
}

/** The form: shares, rules, mirror, timeouts; beside it what would be written and what the proxies made of it. */
export function SplitForm({ namespace, host, sources, running, measured, windowSeconds }: SplitFormProps) {
  const client = useQueryClient();
  const draft = useSplitDraft(host, namespace, sources, running);
  const mayEdit = useMay('edit');
  const [strict, setStrict] = useState(false);
  const { split } = draft;
  if (split === undefined) return <TooComplex what="This routing" reason={draft.read.kind === 'too-complex' ? draft.read.reason : ''} href={sources.virtualService === undefined ? undefined : objectHref(sources.virtualService)} />;
  const problems = problemsOf(split);
  return (
    <FormEditor
      what={`The routing of ${host}`}
      sentences={describeSplit(split)}
      before={[sources.destinationRule, sources.virtualService]}
      objects={draft.objects}
      dirty={draft.dirty}
      outdated={draft.outdated}
      resourceVersions={draft.resourceVersions}
      problem={strict ? problems[0] : undefined}
      onReview={() => {
        setStrict(true);
        return problems.length === 0;
      }}
      onDiscard={draft.discard}
      onRebase={draft.rebase}
      onApplied={() => {
        setStrict(false);
        draft.discard();
      }}
      onConflict={() => void client.invalidateQueries({ queryKey: ['config'] })}
    >
      <Panel title="Shares" note={split.rules.length === 0 ? 'of all requests' : 'of requests that no rule catches'} actions={<QueryLink query={sharesExpression(serviceFqdn(host, namespace), windowSeconds)} />}>
        {!split.explicit && split.versions.length > 1 && <p className="pb-1 text-label text-fg-secondary">Nothing is configured: requests go round robin over the instances. Move a slider to set shares.</p>}
        {split.versions.length < 2 && <p className="pb-1 text-label text-fg-secondary">Only one version runs. Start a second one, and it appears here.</p>}
        <ShareSliders versions={split.versions} measured={measured} disabled={!mayEdit} onShares={(shares) => draft.edit((old) => ({ ...old, versions: old.versions.map((version, index) => ({ ...version, share: shares[index] ?? version.share })) }))} />
        <Comparison split={split} measured={measured} windowSeconds={windowSeconds} />
      </Panel>
      <Panel title="Rules" note="the first that matches wins">
        <RuleList rules={split.rules} versions={split.versions} strict={strict} disabled={!mayEdit} onRules={(rules) => draft.edit((old) => ({ ...old, rules }))} />
        {split.unreachable > 0 && <p className="pt-2 text-label text-fg-tertiary">{split.unreachable === 1 ? 'One route stands' : `${split.unreachable} routes stand`} after the default route and are never reached. They are kept.</p>}
      </Panel>
      <Panel title="Mirror">
        <MirrorFields split={split} edit={draft.edit} disabled={!mayEdit} />
      </Panel>
      <details className="group rounded-panel border border-line bg-panel" open={split.timeout !== '' || split.retries !== null}>
        <summary className="flex min-h-10 items-center gap-1.5 px-3 text-body font-semibold">
          <ChevronRight className="size-3.5 text-fg-tertiary transition-transform group-open:rotate-90" aria-hidden />
          Timeout and retries
        </summary>
        <div className="px-3 pb-3">
          <ReliabilityFields split={split} edit={draft.edit} disabled={!mayEdit} problem={strict ? splitProblems(split).find(({ rule }) => rule === undefined)?.message : undefined} />
        </div>
      </details>
    </FormEditor>
  );
}

function problemsOf(split: TrafficSplit): readonly string[] {
  const conditions = split.rules.flatMap((rule, index) => (rule.kind === 'rule' ? rule.conditions.flatMap((condition) => conditionProblem(condition) ?? []).map((problem) => `Rule ${index + 1}: ${problem}`) : []));
  return [...splitProblems(split).map(({ message }) => message), ...conditions];
}

/** Wanted beside measured, on the same scale. */
function Comparison({ split, measured, windowSeconds }: { readonly split: TrafficSplit; readonly measured: MeasuredShares | undefined; readonly windowSeconds: number }) {
  const segments = (valueOf: (version: TrafficSplit['versions'][number]) => number) => split.versions.map((version, index) => ({ label: versionName(version.subset), value: valueOf(version), color: seriesColor(index) }));
  return (
    <dl className="mt-2 grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 gap-y-1.5 text-label">
      <dt className="text-fg-secondary">Wanted</dt>
      <dd>
        <ShareMeter label="Wanted shares" segments={segments(({ share }) => share)} />
      </dd>
      <dt className="text-fg-secondary">Measured</dt>
      <dd>
        <ShareMeter label={`Measured shares, last ${windowSeconds} seconds`} segments={segments((version) => measured?.rateOf(version) ?? 0)} />
      </dd>
      <dt />
      <dd className="text-axis text-fg-tertiary">{measured === undefined ? 'Asking the metrics' : measured.total === 0 ? `No request in the last ${windowSeconds} s` : `As callers saw it in the last ${windowSeconds} s${split.rules.length === 0 ? '' : ', requests caught by rules included'}`}</dd>
    </dl>
  );
}
