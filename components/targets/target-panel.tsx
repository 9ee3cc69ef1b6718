'use client';

import { paths } from '#components/api/paths.ts';
import { formatNumber } from '#components/charts/format-number.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import type { TargetStatus } from '#server/scrape/target-status.ts';
import { targetComplaint, targetName, targetSelector, targetStatus } from './read-target.ts';

/** One target in full: its error to the last word, its labels before and after relabelling, and the ways to its series. */
export function TargetPanel({ target, onClose }: { readonly target: TargetStatus; readonly onClose: () => void }) {
  const complaint = targetComplaint(target);
  return (
    <SidePanel label="Target" title={targetName(target)} subtitle={<span className="flex items-center gap-3"><StatusLabel {...targetStatus(target)} /> {target.labels['instance']}</span>} onClose={onClose}>
      <div className="flex flex-col gap-4 p-3">
        {complaint !== undefined && (
          <section aria-label={target.health === 'down' ? 'Last error' : 'Left out'} className={target.health === 'down' ? 'rounded-panel border border-failing-border bg-failing-bg p-2' : 'rounded-panel border border-degraded-border bg-degraded-bg p-2'}>
            <div className="flex items-start gap-1">
              <p className="min-w-0 flex-1 text-body break-words whitespace-pre-wrap">{complaint}</p>
              <CopyButton text={complaint} label="Copy the message" />
            </div>
          </section>
        )}
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-label">
          <Fact name="Address">
            <span className="inline-flex max-w-full items-start">
              <code className="min-w-0 font-mono break-all">{target.scrapeUrl}</code>
              <CopyButton text={target.scrapeUrl} label="Copy the address" />
            </span>
          </Fact>
          <Fact name="Pool">{target.scrapePool}</Fact>
          <Fact name="Last scrape">
            <RelativeTime at={target.lastScrape} />
          </Fact>
          <Fact name="Took">{formatNumber(target.lastScrape === undefined ? null : target.lastScrapeDuration, 's')}</Fact>
          <Fact name="Samples">{formatNumber(target.samples, 'count')}</Fact>
          <Fact name="Every">
            {formatNumber(target.scrapeIntervalSeconds, 's')}, for at most {formatNumber(target.scrapeTimeoutSeconds, 's')}
          </Fact>
        </dl>
        <ExploreLinks target={target} />
        <LabelList title="Labels" note="on each of its series" labels={target.labels} />
        <LabelList title="Discovered labels" note="before relabelling" labels={target.discoveredLabels} />
      </div>
    </SidePanel>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <>
      <dt className="text-fg-tertiary">{name}</dt>
      <dd className="min-w-0 tabular-nums">{children}</dd>
    </>
  );
}

function ExploreLinks({ target }: { readonly target: TargetStatus }) {
  const links: readonly [label: string, query: string][] = [
    ['Was it up', targetSelector('up', target)],
    ['Samples', targetSelector('scrape_samples_scraped', target)],
    ['Duration', targetSelector('scrape_duration_seconds', target)],
    ['New series', targetSelector('scrape_series_added', target)],
  ];
  return (
    <section aria-label="In Explore">
      <h3 className="text-label font-medium text-fg-tertiary">In Explore</h3>
      <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1 text-label">
        {links.map(([label, query]) => (
          <li key={label}>
            <AppLink href={paths.explore([query])} title={query} className="text-accent hover:underline">
              {label}
            </AppLink>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Labels one a line; long values wrap. */
export function LabelList({ title, note, labels }: { readonly title: string; readonly note: string; readonly labels: TargetStatus['labels'] }) {
  return (
    <section aria-label={title}>
      <h3 className="text-label font-medium text-fg-tertiary">
        {title} <span className="font-normal">{note}</span>
      </h3>
      <ul className="mt-1 flex flex-col gap-0.5 font-mono text-label">
        {Object.entries(labels)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, value]) => (
            <li key={name} className="break-all">
              <span className="text-fg-secondary">{name}</span>=&quot;{value}&quot;
            </li>
          ))}
      </ul>
    </section>
  );
}
