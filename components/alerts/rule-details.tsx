import type { ReactNode } from 'react';
import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { RuleStatus } from '#server/rules/schemas.ts';
import { AnnotationText } from './annotation-text.tsx';
import { durationText } from './duration-text.ts';
import { LabelBadges } from './label-badges.tsx';

/** All there is to say of a rule: what it asks, how long it waits, how its last evaluation went. */
export function RuleDetails({ id, rule }: { readonly id: string; readonly rule: RuleStatus }) {
  const templates = rule.kind === 'alerting' ? Object.entries(rule.annotations) : [];
  return (
    <div id={id} className="flex flex-col gap-3 px-3 pt-1 pb-3 pl-[46px]">
      <div className="relative rounded-control border border-line bg-sunken">
        <pre className="p-2 pr-9 font-mono text-label break-words whitespace-pre-wrap">{rule.query}</pre>
        <span className="absolute top-0.5 right-0.5">
          <CopyButton text={rule.query} label="Copy the expression" />
        </span>
      </div>
      <dl className="flex flex-wrap gap-x-8 gap-y-2 text-label">
        <Fact name="Expression">
          <AppLink href={paths.explore([rule.query])} className="text-accent hover:underline">
            Open in Explore
          </AppLink>
        </Fact>
        {rule.kind === 'recording' && (
          <Fact name="Records">
            <AppLink href={paths.explore([rule.name])} className="font-mono text-accent hover:underline">
              {rule.name}
            </AppLink>
          </Fact>
        )}
        {rule.kind === 'alerting' && <Fact name="For">{durationText(rule.holdSeconds)}</Fact>}
        {rule.kind === 'alerting' && rule.keepFiringSeconds > 0 && <Fact name="Keeps firing for">{durationText(rule.keepFiringSeconds)}</Fact>}
        <Fact name="Last evaluation">
          <RelativeTime at={rule.lastEvaluation} />
        </Fact>
        <Fact name="Took">{formatNumber(rule.lastEvaluation === undefined ? null : rule.evaluationSeconds, 's')}</Fact>
        {Object.keys(rule.labels).length > 0 && (
          <Fact name="Labels">
            <LabelBadges labels={rule.labels} />
          </Fact>
        )}
      </dl>
      {templates.length > 0 && (
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 text-label">
          {templates.map(([name, text]) => (
            <div key={name} className="col-span-2 grid grid-cols-subgrid">
              <dt className="text-fg-secondary">{name}</dt>
              <dd className="break-words">
                <AnnotationText text={text} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="text-fg-secondary">{name}</dt>
      <dd className="mt-0.5 tabular-nums">{children}</dd>
    </div>
  );
}
