'use client';

import type { ReactNode } from 'react';
import { paths } from '#components/api/paths.ts';
import { LifeMeter } from '#components/certificates/life-meter.tsx';
import { certificateCondition, shortDigits } from '#components/certificates/read-certificate.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { StatusLabel } from '#components/status/status-label.tsx';
import { certificateStatus } from '#components/status/status.ts';
import { absoluteTimeText } from '#components/time/relative-time-text.ts';
import { useClock } from '#components/time/use-clock.ts';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import type { ProxyAnswer } from '#server/proxies/schemas.ts';
import { CertificateEnd } from './certificate-end.tsx';
import { Fact, Facts } from './facts.tsx';

/** The workload certificate of a proxy: who it says it is, until when, and when it is renewed. */
export function ProxyCertificate({ answer: { certificate, root, proxy } }: { readonly answer: ProxyAnswer }) {
  const nowMs = useClock();
  if (certificate === undefined) {
    return (
      <Panel title="Certificate">
        <Facts>
          <Fact name="Ends">
            <CertificateEnd notAfter={proxy.certificate?.notAfter} />
          </Fact>
        </Facts>
        <p className="mt-2 text-label text-fg-secondary">The mesh&apos;s authority knows no more of this proxy&apos;s certificate: it was issued elsewhere, or the authority does not answer.</p>
      </Panel>
    );
  }
  const { spiffeId, serialNumber, notBefore, notAfter, nextRotation } = certificate;
  return (
    <Panel title="Certificate" actions={<StatusLabel {...certificateStatus(certificateCondition(certificate, nowMs))} />}>
      <Facts>
        <Fact name="Identity">
          <Copied text={spiffeId} label="Copy the identity" />
        </Fact>
        <Fact name="Serial number">
          <Copied text={serialNumber} label="Copy the serial number" />
        </Fact>
        <Fact name="Issued">
          <Moment at={notBefore} />
        </Fact>
        <Fact name="Renewed">
          <Moment at={nextRotation} />
        </Fact>
        <Fact name="Ends">
          <Moment at={notAfter} />
        </Fact>
        <Fact name="Life">
          <LifeMeter notBefore={notBefore} notAfter={notAfter} nextRotation={nextRotation} className="mt-0.5 max-w-80" />
        </Fact>
        <Fact name="Signed by">
          <AppLink href={paths.certificates()} className="text-accent hover:underline">
            <code className="font-mono" title={certificate.root}>
              {shortDigits(certificate.root)}
            </code>
          </AppLink>
          {root !== undefined && <span className="text-fg-secondary"> {root.subject}{!root.signs && ', which no longer signs'}</span>}
        </Fact>
      </Facts>
    </Panel>
  );
}

function Moment({ at }: { readonly at: string }): ReactNode {
  return (
    <>
      <RelativeTime at={at} /> <span className="text-fg-secondary">· {absoluteTimeText(Date.parse(at))}</span>
    </>
  );
}

function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <span className="-my-1 flex items-center gap-1">
      <code className="min-w-0 font-mono break-all">{text}</code>
      <CopyButton text={text} label={label} />
    </span>
  );
}
