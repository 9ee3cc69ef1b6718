'use client';

import { ArrowUpRight } from 'lucide-react';
import { paths } from '#components/api/paths.ts';
import { LinkButton } from '#components/board/link-button.tsx';
import { proxyName } from '#components/change/proxy-name.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { proxySyncStatus } from '#components/status/status.ts';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { SidePanel } from '#components/ui/side-panel.tsx';
import { CertificateEnd } from './certificate-end.tsx';
import { Fact, Facts } from './facts.tsx';
import type { ProxyRow } from './queries.ts';
import { typeStatus } from './sync-table.tsx';
import { CONFIG_TYPES, TYPE_NAMES } from './type-names.ts';

/** One proxy: per resource type what was sent and what it took, with the reason of a refusal. */
export function ProxyPanel({ proxy, onClose }: { readonly proxy: ProxyRow; readonly onClose: () => void }) {
  const { node } = proxy;
  return (
    <SidePanel
      label="Proxy"
      title={proxyName(proxy.proxyId)}
      subtitle={<StatusLabel {...proxySyncStatus(proxy.state)} />}
      onClose={onClose}
      actions={
        <LinkButton href={paths.proxy(proxy.proxyId)} icon={<ArrowUpRight />}>
          Open
        </LinkButton>
      }
    >
      <div className="flex flex-col gap-4 p-3">
        <Facts>
          <Fact name="Workload">
            {node?.workload === undefined || node.namespace === undefined ? '—' : (
              <AppLink href={paths.workload(node.namespace, node.workload)} className="text-accent hover:underline">
                {node.workload}
              </AppLink>
            )}
          </Fact>
          <Fact name="Kind">{node?.type === 'router' ? 'gateway' : 'sidecar'}</Fact>
          <Fact name="Identity">{node?.serviceAccount === undefined ? '—' : <code className="font-mono break-all">{`ns/${node.namespace ?? ''}/sa/${node.serviceAccount}`}</code>}</Fact>
          <Fact name="Certificate ends">
            <CertificateEnd notAfter={proxy.certificate?.notAfter} />
          </Fact>
          <Fact name="Connected">
            <RelativeTime at={proxy.connectedAt} />
          </Fact>
          <Fact name="Node id">
            <span className="flex items-start gap-1">
              <code className="min-w-0 font-mono break-all">{proxy.proxyId}</code>
              <CopyButton text={proxy.proxyId} label="Copy the node id" />
            </span>
          </Fact>
        </Facts>
        <section className="flex flex-col gap-2">
          <h3 className="text-body font-semibold">Config</h3>
          <ul className="flex flex-col gap-2">
            {Object.entries(proxy.types).map(([type, state]) => (
              <li key={type} className="flex flex-col gap-1.5 rounded-control border border-line px-3 py-2 text-label">
                <div className="flex items-center gap-2">
                  <span className="min-w-0 flex-1 truncate font-medium">{typeName(type)}</span>
                  <StatusLabel {...typeStatus(state.state)} />
                </div>
                {state.state !== 'not-sent' && (
                  <p className="text-fg-secondary">
                    {state.sentVersion === state.ackedVersion ? (
                      <>
                        Version <code className="font-mono">{state.sentVersion}</code>, sent <RelativeTime at={state.sentAt} />, acknowledged <RelativeTime at={state.ackedAt} />.
                      </>
                    ) : (
                      <>
                        Sent version <code className="font-mono">{state.sentVersion || '—'}</code>, <RelativeTime at={state.sentAt} />. Acknowledged {state.ackedVersion === '' ? 'none' : <>version <code className="font-mono">{state.ackedVersion}</code>, <RelativeTime at={state.ackedAt} /></>}.
                      </>
                    )}
                  </p>
                )}
                {state.error !== undefined && (
                  <div className="flex items-start gap-1 rounded-control border border-failing-border bg-failing-bg px-2 py-1">
                    <code className="min-w-0 flex-1 font-mono break-words">{state.error}</code>
                    <CopyButton text={state.error} label="Copy the reason" />
                  </div>
                )}
              </li>
            ))}
          </ul>
        </section>
      </div>
    </SidePanel>
  );
}

function typeName(type: string): string {
  const known = CONFIG_TYPES.find((one) => one === type);
  return known === undefined ? type : `${TYPE_NAMES[known].many} (${TYPE_NAMES[known].api})`;
}
