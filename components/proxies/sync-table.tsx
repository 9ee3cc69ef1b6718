'use client';

import { Fragment } from 'react';
import { StatusLabel } from '#components/status/status-label.tsx';
import { proxySyncStatus, type NamedStatus } from '#components/status/status.ts';
import { cx } from '#components/ui/class-names.ts';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { ProxyConfigAnswer, ProxyRow } from '#server/proxies/schemas.ts';
import { CONFIG_TYPES, TYPE_NAMES } from './type-names.ts';

/** What a proxy was sent and what it took, type by type; under a refused type, why. */
export function SyncTable({ proxy, config }: { readonly proxy: ProxyRow; readonly config: ProxyConfigAnswer | undefined }) {
  return (
    <div className="overflow-x-auto">
      <table className="w-full min-w-[600px] border-separate border-spacing-0 text-label" aria-label="Configuration by type">
        <thead>
          <tr className="text-fg-tertiary">
            <Head>Type</Head>
            <Head>State</Head>
            <Head right>Resources</Head>
            <Head right>Sent version</Head>
            <Head right wide>Sent</Head>
            <Head right>Acknowledged version</Head>
            <Head right>Acknowledged</Head>
          </tr>
        </thead>
        <tbody>
          {CONFIG_TYPES.map((type) => {
            const state = proxy.types[type];
            const behind = state !== undefined && state.sentVersion !== state.ackedVersion;
            return (
              <Fragment key={type}>
                <tr className="h-8 [&>*]:border-t [&>*]:border-line-subtle [&>*]:px-3 [&>td>*]:align-middle">
                  <th scope="row" className="text-left font-medium whitespace-nowrap">
                    {TYPE_NAMES[type].many} <span className="font-normal text-fg-tertiary">{TYPE_NAMES[type].api}</span>
                  </th>
                  <td>
                    <StatusLabel quiet {...typeStatus(state?.state ?? 'not-sent')} />
                  </td>
                  <td className="text-right tabular-nums">{config?.resources.filter((one) => one.type === type && one.held !== undefined).length ?? '—'}</td>
                  <td className="text-right font-mono">{state?.sentVersion || '—'}</td>
                  <td className="text-right max-lg:hidden">
                    <RelativeTime at={state?.sentAt} />
                  </td>
                  <td className={cx('text-right font-mono', behind && 'font-semibold')}>{state?.ackedVersion || '—'}</td>
                  <td className="text-right">
                    <RelativeTime at={state?.ackedAt} />
                  </td>
                </tr>
                {state?.error !== undefined && (
                  <tr>
                    <td colSpan={7} className="px-3 pb-2">
                      <div role="alert" className="rounded-control border border-failing-border bg-failing-bg px-3 py-2">
                        <p className="font-medium">{behind ? `The proxy refused version ${state.sentVersion ?? ''} and ${state.ackedVersion === undefined || state.ackedVersion === '' ? 'has none of this type' : `keeps ${state.ackedVersion}`}:` : 'The proxy refused the newest and keeps what it had:'}</p>
                        <div className="flex items-start gap-1 [&>button]:-my-1.5">
                          <code className="min-w-0 flex-1 font-mono break-words whitespace-pre-wrap">{state.error}</code>
                          <CopyButton text={state.error} label="Copy the reason" />
                        </div>
                      </div>
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** `wide`: only where there is room. */
function Head({ children, right = false, wide = false }: { readonly children: string; readonly right?: boolean; readonly wide?: boolean }) {
  return (
    <th scope="col" className={cx('h-8 border-t border-line px-3 font-medium whitespace-nowrap', right ? 'text-right' : 'text-left', wide && 'max-lg:hidden')}>
      {children}
    </th>
  );
}

/** One type: as the proxy as a whole, or that it never asked. */
export function typeStatus(state: 'synced' | 'stale' | 'nack' | 'not-sent'): NamedStatus {
  return state === 'not-sent' ? { status: 'idle', label: 'Not sent' } : proxySyncStatus(state);
}
