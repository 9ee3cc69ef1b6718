import { formatNumber } from '#components/charts/format-number.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import { verdictStatus } from '#components/status/status.ts';
import { EmptyState } from '#components/ui/states.tsx';
import type { RolloutAnalysis, RolloutCheck } from '#mesh-core/domain/resources/canary-rollout.ts';

/** The verdict of each check: counts of both versions, and how much evidence there is for either end. */
export function RolloutChecks({ checks, analysis }: { readonly checks: readonly RolloutCheck[]; readonly analysis: RolloutAnalysis }) {
  if (checks.length === 0) return <EmptyState title="Nothing judged yet" hint={`The first verdict comes ${analysis.intervalSeconds} s after traffic reaches the canary.`} />;
  return (
    <ul className="divide-y divide-line">
      {checks.map((check) => (
        <li key={check.name} className="flex flex-col gap-2 px-3 py-2.5">
          <div className="flex flex-wrap items-baseline justify-between gap-x-3">
            <h3 className="text-body font-medium">{titleOf(check.name)}</h3>
            <StatusLabel {...verdictStatus(check.verdict)} />
          </div>
          <p className="text-label text-fg-secondary">{check.message}</p>
          <dl className="grid grid-cols-2 gap-x-4 text-label">
            <Arm name="Stable" {...check.stable} />
            <Arm name="Canary" {...check.canary} />
          </dl>
          <Evidence label="Evidence that it is worse" value={check.evidenceWorse} needed={1 / analysis.alpha} color="var(--status-failing-fg)" outcome="takes it back" />
          <Evidence label="Evidence that it is fine" value={check.evidenceOk} needed={1 / analysis.beta} color="var(--status-healthy-fg)" outcome="goes on" />
        </li>
      ))}
    </ul>
  );
}

function titleOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function Arm({ name, requests, bad }: { readonly name: string; readonly requests: number; readonly bad: number }) {
  return (
    <div className="flex items-baseline justify-between gap-2 tabular-nums">
      <dt className="text-fg-tertiary">{name}</dt>
      <dd>
        {formatNumber(requests === 0 ? null : bad / requests, 'ratio')} <span className="text-fg-tertiary">{`(${Math.round(bad)} of ${Math.round(requests)})`}</span>
      </dd>
    </div>
  );
}

/** Evidence grows by factors, so the bar is logarithmic: empty at 1, full where it decides. */
function Evidence({ label, value, needed, color, outcome }: { readonly label: string; readonly value: number; readonly needed: number; readonly color: string; readonly outcome: string }) {
  const share = value <= 1 ? 0 : Math.min(1, Math.log(value) / Math.log(needed));
  // Beyond what decides, the number says nothing more.
  const text = value >= needed ? `${formatNumber(needed)}: decided` : `${formatNumber(value)} of ${formatNumber(needed)}`;
  return (
    <div className="grid grid-cols-[170px_1fr_auto] items-center gap-2 text-label max-md:grid-cols-[1fr_auto]">
      <span className="text-fg-tertiary">{label}</span>
      <span role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(share * 100)} aria-valuetext={text} className="h-1.5 rounded-full bg-active max-md:order-last max-md:col-span-2">
        <span className="block h-full rounded-full" style={{ width: `${share * 100}%`, background: color }} />
      </span>
      <span className="text-right tabular-nums text-fg-secondary" title={`At ${formatNumber(needed)} the rollout ${outcome}.`}>
        {text}
      </span>
    </div>
  );
}
