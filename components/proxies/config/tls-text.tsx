import { ResourceLink } from './resource-link.tsx';
import type { TlsView } from './describe-tls.ts';

/** How connections are secured, with links to the certificates. */
export function TlsText({ tls }: { readonly tls: TlsView }) {
  if (tls.mode === 'plaintext') return <>plaintext</>;
  return (
    <span className="flex flex-col gap-0.5">
      <span>
        {tls.mode}
        {tls.sni !== undefined && (
          <>
            {' '}
            to <code className="font-mono break-all">{tls.sni}</code>
          </>
        )}
      </span>
      {tls.certificates.length > 0 && (
        <span className="text-fg-secondary">
          certificate{' '}
          {tls.certificates.map((name) => (
            <ResourceLink key={name} to={{ type: 'secret', name }} />
          ))}
          {tls.roots !== undefined && (
            <>
              , peers by <ResourceLink to={{ type: 'secret', name: tls.roots }} />
            </>
          )}
        </span>
      )}
      {tls.peers.map((peer) => (
        <span key={peer} className="break-all text-fg-secondary">
          {peer}
        </span>
      ))}
      {tls.alpn.length > 0 && <span className="text-fg-secondary">ALPN {tls.alpn.join(', ')}</span>}
    </span>
  );
}
