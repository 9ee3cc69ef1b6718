'use client';

import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { paths } from '#components/api/paths.ts';
import { proxyName } from '#components/change/proxy-name.ts';
import { DataTable, type Column } from '#components/data-table/data-table.tsx';
import { TableSkeleton } from '#components/data-table/table-skeleton.tsx';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { useNamespaces } from '#components/shell/use-namespaces.ts';
import { StatusLabel } from '#components/status/status-label.tsx';
import { certificateStatus, STATUS } from '#components/status/status.ts';
import { useClock } from '#components/time/use-clock.ts';
import { DataState } from '#components/ui/data-state.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { CertificatesAnswer, HeldCertificate } from '#server/proxies/schemas.ts';
import { LifeMeter } from './life-meter.tsx';
import { certificatesQuery } from './queries.ts';
import { certificateCondition, earliest, identityParts, shortDigits } from './read-certificate.ts';
import { RootPanel } from './root-panel.tsx';

/** `/certificates`: who holds what until when, which roots are trusted, and how far a replacement of the root is. */
export function CertificatesPage() {
  const query = useQuery(certificatesQuery);
  return (
    <Page crumbs={[{ label: 'Certificates' }]} time={false}>
      <DataState query={query} skeleton={<TableSkeleton />}>
        {(states) => (
          <div className="flex flex-col gap-4">
            <Figures states={states} />
            <RootPanel states={states} />
            <Holders states={states} />
          </div>
        )}
      </DataState>
    </Page>
  );
}

function Figures({ states: { certificates, roots } }: { readonly states: CertificatesAnswer }) {
  const inUse = certificates.filter(({ proxies, revokedAt }) => proxies.length > 0 && revokedAt === undefined);
  const revoked = certificates.filter(({ revokedAt }) => revokedAt !== undefined).length;
  return (
    <dl className="flex flex-wrap gap-x-10 gap-y-3 rounded-panel border border-line bg-panel px-4 py-3">
      <Figure name="In use">{inUse.length}</Figure>
      <Figure name="Identities">{new Set(inUse.map(({ spiffeId }) => spiffeId)).size}</Figure>
      <Figure name="Next renewal">
        <RelativeTime at={earliest(inUse.map(({ nextRotation }) => nextRotation))} />
      </Figure>
      <Figure name="First to end">
        <RelativeTime at={earliest(inUse.map(({ notAfter }) => notAfter))} />
      </Figure>
      <Figure name="Signing root ends">
        <RelativeTime at={roots.find(({ signs }) => signs)?.notAfter} />
      </Figure>
      {revoked > 0 && <Figure name="Revoked">{revoked}</Figure>}
    </dl>
  );
}

function Figure({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <dt className="text-label text-fg-secondary">{name}</dt>
      <dd className="text-big font-semibold tabular-nums">{children}</dd>
    </div>
  );
}

function Holders({ states: { certificates, roots } }: { readonly states: CertificatesAnswer }) {
  const { selected: namespaces } = useNamespaces();
  const nowMs = useClock();
  const rows = certificates.filter(({ spiffeId }) => namespaces.length === 0 || namespaces.includes(identityParts(spiffeId)?.namespace ?? ''));
  if (rows.length === 0) {
    return (
      <Panel title="Workload certificates">
        <p className="py-6 text-center text-body text-fg-secondary">{certificates.length === 0 ? 'No workload holds a certificate yet. A program gets one when it joins the mesh.' : 'No workload of these namespaces holds a certificate.'}</p>
      </Panel>
    );
  }
  return (
    <Panel title="Workload certificates" note="the newest of each holder" flush>
      <DataTable label="Workload certificates" rows={rows} columns={columnsOf(roots.length > 1, nowMs)} rowKey={(row) => row.serialNumber} defaultSort={{ column: 'state', descending: false }} filterText={(row) => [row.spiffeId, ...row.proxies, row.serialNumber, row.root].join(' ')} />
    </Panel>
  );
}

function columnsOf(withRoot: boolean, nowMs: number): readonly Column<HeldCertificate>[] {
  const statusOf = (row: HeldCertificate) => certificateStatus(certificateCondition(row, nowMs));
  return [
    { id: 'state', header: 'State', width: 112, sortValue: (row) => -STATUS[statusOf(row).status].rank, cell: (row) => <StatusLabel quiet {...statusOf(row)} /> },
    { id: 'identity', header: 'Identity', sortValue: (row) => row.spiffeId, cell: (row) => <Identity spiffeId={row.spiffeId} /> },
    { id: 'holder', header: 'Held by', from: 'md', sortValue: (row) => row.proxies.map(proxyName).join(' '), cell: (row) => <Holder proxies={row.proxies} /> },
    { id: 'serial', header: 'Serial number', width: 128, from: 'lg', cell: (row) => <code className="font-mono text-fg-secondary" title={row.serialNumber}>{shortDigits(row.serialNumber)}</code> },
    ...(withRoot ? [{ id: 'root', header: 'Root', width: 128, from: 'lg', sortValue: (row) => row.root, cell: (row) => <code className="font-mono text-fg-secondary" title={row.root}>{shortDigits(row.root)}</code> } satisfies Column<HeldCertificate>] : []),
    { id: 'life', header: 'Life', width: 132, from: 'lg', hint: 'From issue to end; the tick is when it is renewed', cell: (row) => <LifeMeter notBefore={row.notBefore} notAfter={row.notAfter} nextRotation={row.nextRotation} faded={row.proxies.length === 0 || row.revokedAt !== undefined} className="w-full" /> },
    { id: 'renewed', header: 'Renewed', width: 96, align: 'right', hint: 'At half of its life', sortValue: (row) => (row.revokedAt === undefined ? row.nextRotation : null), cell: (row) => (row.revokedAt === undefined && row.proxies.length > 0 ? <RelativeTime at={row.nextRotation} /> : <span className="text-fg-tertiary">—</span>) },
    { id: 'ends', header: 'Ends', width: 84, align: 'right', sortValue: (row) => row.notAfter, cell: (row) => <RelativeTime at={row.notAfter} /> },
  ];
}

function Identity({ spiffeId }: { readonly spiffeId: string }) {
  const parts = identityParts(spiffeId);
  return (
    <span title={spiffeId}>
      {parts === undefined ? (
        spiffeId
      ) : (
        <>
          <span className="font-medium">{parts.serviceAccount}</span> <span className="text-fg-tertiary">in {parts.namespace}</span>
        </>
      )}
    </span>
  );
}

function Holder({ proxies }: { readonly proxies: readonly string[] }) {
  if (proxies.length === 0) return <span className="text-fg-tertiary">nobody connected</span>;
  return (
    <>
      {proxies.map((id, index) => (
        <span key={id}>
          {index > 0 && ', '}
          <AppLink href={paths.proxy(id)} className="text-accent hover:underline">
            {proxyName(id)}
          </AppLink>
        </span>
      ))}
    </>
  );
}
