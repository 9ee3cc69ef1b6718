'use client';

import { Check } from 'lucide-react';
import { StatusLabel } from '#components/status/status-label.tsx';
import { cx } from '#components/ui/class-names.ts';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { CertificatesAnswer } from '#server/proxies/schemas.ts';
import { LifeMeter } from './life-meter.tsx';
import { shortDigits } from './read-certificate.ts';

const STEPS = [
  { stage: 'distributing', title: 'Distribute', text: 'Every proxy learns to trust the new root. The old one still signs.' },
  { stage: 'signing', title: 'Sign', text: 'The new root signs; certificates of the old one stay good until they are renewed.' },
  { stage: 'stable', title: 'Finish', text: 'Nobody holds a certificate of the old root, and it is no longer trusted.' },
] as const;
const SHOWN_WAITS = 6;

/** The roots that the mesh trusts, and how far a replacement is. */
export function RootPanel({ states }: { readonly states: CertificatesAnswer }) {
  const { stage, rotation, waitingFor, roots, certificates } = states;
  return (
    <Panel title="Roots" note="that every proxy trusts" actions={stage === 'stable' ? undefined : <StatusLabel status="progressing" label="A new root is on its way" />} flush>
      {stage !== 'stable' && <Stages stage={stage} waitingFor={waitingFor} />}
      <div className="overflow-x-auto">
        <table className="w-full min-w-[600px] border-separate border-spacing-0 text-label" aria-label="Roots">
          <thead>
            <tr className="text-left text-fg-tertiary">
              {['Fingerprint (SHA-256)', 'Subject', 'Role', 'Certificates', 'Life', 'Ends'].map((head, index) => (
                <th key={head} scope="col" className={cx('h-8 border-y border-line px-3 font-medium', index === 3 || index === 5 ? 'text-right' : 'text-left')}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {roots.map((root) => (
              <tr key={root.fingerprint} className="h-8 [&>td]:border-b [&>td]:border-line-subtle [&>td]:px-3 [&>td>*]:align-middle last:[&>td]:border-transparent">
                <td>
                  <span className="flex items-center gap-1">
                    <code className="font-mono" title={root.fingerprint}>{shortDigits(root.fingerprint)}</code>
                    <CopyButton text={root.fingerprint} label="Copy the fingerprint" />
                  </span>
                </td>
                <td className="text-fg-secondary">{root.subject}</td>
                <td>
                  <StatusLabel quiet status={root.signs ? 'healthy' : 'idle'} label={root.signs ? 'Signs' : 'Trusted only'} />
                </td>
                <td className="text-right tabular-nums">{certificates.filter((held) => held.root === root.fingerprint && held.revokedAt === undefined).length}</td>
                <td className="w-40">
                  <LifeMeter notBefore={root.notBefore} notAfter={root.notAfter} className="w-full" />
                </td>
                <td className="w-24 text-right">
                  <RelativeTime at={root.notAfter} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {stage === 'stable' && (
        <p className="border-t border-line-subtle px-3 py-2 text-label text-fg-secondary">
          {rotation === '' ? 'The root has not been replaced yet.' : <>Last replaced on the request of {Number.isNaN(Date.parse(rotation)) ? <code className="font-mono">{rotation}</code> : <RelativeTime at={rotation} />}.</>} <code className="rounded-sm bg-sunken px-1 font-mono">mesh certs rotate-root</code> replaces it without interrupting a request.
        </p>
      )}
    </Panel>
  );
}

function Stages({ stage, waitingFor }: Pick<CertificatesAnswer, 'waitingFor'> & { readonly stage: 'distributing' | 'signing' }) {
  const now = STEPS.findIndex((step) => step.stage === stage);
  return (
    <div className="flex flex-col gap-2 border-t border-line px-3 py-3">
      <ol className="grid gap-1 md:grid-cols-3" aria-label="Steps of the replacement">
        {STEPS.map((step, index) => (
          <li key={step.stage} aria-current={index === now ? 'step' : undefined} className={cx('flex flex-col rounded-control border px-3 py-2', index === now ? 'border-progressing-border bg-progressing-bg' : 'border-line', index > now && 'text-fg-tertiary')}>
            <span className="flex items-center gap-1 text-body font-semibold">
              {index + 1}. {step.title}
              {index < now && <Check className="size-3.5 text-fg-secondary" aria-label="done" />}
            </span>
            <span className={cx('text-label', index <= now && 'text-fg-secondary')}>{step.text}</span>
          </li>
        ))}
      </ol>
      {waitingFor.length > 0 && (
        <div className="text-label">
          <p className="font-medium">The next step waits for</p>
          <ul className="mt-1 flex flex-col gap-0.5 text-fg-secondary">
            {waitingFor.slice(0, SHOWN_WAITS).map((what) => (
              <li key={what} className="break-words">
                {what}
              </li>
            ))}
            {waitingFor.length > SHOWN_WAITS && <li>and {waitingFor.length - SHOWN_WAITS} more</li>}
          </ul>
        </div>
      )}
    </div>
  );
}
