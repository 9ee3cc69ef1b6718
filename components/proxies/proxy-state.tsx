'use client';

import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Notice } from '#components/ui/states.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { ProxyAnswer, ProxyConfigAnswer } from '#server/proxies/schemas.ts';
import { isDifference } from './config/is-difference.ts';
import { Fact, Facts } from './facts.tsx';
import { ProxyCertificate } from './proxy-certificate.tsx';
import { SyncTable } from './sync-table.tsx';

/** How a proxy stands: what it was sent and took of each type, its certificate, and what it says of itself. */
export function ProxyState({ answer, config }: { readonly answer: ProxyAnswer; readonly config: ProxyConfigAnswer | undefined }) {
  const { proxy, instance } = answer;
  return (
    <div className="mx-auto flex max-w-[1680px] flex-col gap-4 p-4">
      {proxy.translationError !== undefined && <Notice status="failing" title="Its newest configuration could not be made, so it keeps the one before:" message={<span title={proxy.translationError}>{proxy.translationError}</span>} />}
      <Panel title="Configuration" note={config === undefined ? undefined : comparisonText(config)} flush>
        <SyncTable proxy={proxy} config={config} />
      </Panel>
      <div className="grid gap-4 lg:grid-cols-2">
        <ProxyCertificate answer={answer} />
        <Panel title="About it">
          <Facts>
            <Fact name="Connected">
              <RelativeTime at={proxy.connectedAt} />
            </Fact>
            <Fact name="Instance">
              {instance === undefined ? (
                <span className="text-fg-tertiary">not registered</span>
              ) : (
                <AppLink href={paths.configObject({ group: 'networking.istio.io', version: 'v1', plural: 'workloadentries', namespace: instance.namespace, name: instance.name })} className="text-accent hover:underline">
                  {instance.name}
                </AppLink>
              )}
            </Fact>
            <Fact name="Service account">{proxy.node?.serviceAccount ?? '—'}</Fact>
            <Ports node={proxy.node} />
            <Labels node={proxy.node} />
          </Facts>
        </Panel>
      </div>
    </div>
  );
}

function comparisonText({ resources, problems, offeredVersion }: ProxyConfigAnswer): string {
  if (problems.length > 0) return 'not compared with what the control plane offers';
  const different = resources.filter(isDifference).length;
  return different === 0 ? `it has exactly what the control plane offers at version ${offeredVersion ?? '—'}` : `${different} ${different === 1 ? 'resource differs' : 'resources differ'} from what the control plane offers`;
}

const PORTS = [
  ['inboundPort', 'inbound'],
  ['outboundPort', 'outbound'],
  ['appPort', 'application'],
  ['statsPort', 'admin'],
] as const;

function Ports({ node }: { readonly node: ProxyAnswer['proxy']['node'] }) {
  const known = PORTS.flatMap(([field, name]) => (typeof node?.[field] === 'number' ? [{ name, port: node[field] }] : []));
  const address = node?.['address'];
  if (typeof address !== 'string' && known.length === 0) return null;
  return (
    <Fact name="Address">
      {typeof address === 'string' && <span className="font-mono">{address}</span>}
      {known.length > 0 && <span className="text-fg-secondary">{typeof address === 'string' && ', '}ports {known.map(({ name, port }) => `${port} ${name}`).join(', ')}</span>}
    </Fact>
  );
}

function Labels({ node }: { readonly node: ProxyAnswer['proxy']['node'] }) {
  const labels = node?.['labels'];
  const entries = typeof labels === 'object' && labels !== null ? Object.entries(labels) : [];
  if (entries.length === 0) return null;
  return (
    <Fact name="Labels">
      <span className="flex flex-col gap-0.5 font-mono">
        {entries.map(([name, value]) => (
          <span key={name} className="break-all">
            {name}=<span className="text-fg-secondary">{String(value)}</span>
          </span>
        ))}
      </span>
    </Fact>
  );
}
