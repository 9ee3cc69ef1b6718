import { CopyButton } from '#components/ui/copy-button.tsx';
import { textOfSource } from '#mesh-core/domain/envoy/secret.ts';
import { at, textAt, type Json } from './json-at.ts';

const PARTS = [
  { title: 'Certificate chain', path: ['tlsCertificate', 'certificateChain'] },
  { title: 'Trusted roots', path: ['validationContext', 'trustedCa'] },
  { title: 'Taken back', path: ['validationContext', 'crl'] },
] as const;

/** A secret without its private key: certificates in PEM. */
export function SecretDetail({ secret }: { readonly secret: Json }) {
  const parts = PARTS.flatMap(({ title, path }) => {
    const text = pemOf(at(secret, ...path));
    return text === undefined ? [] : [{ title, text }];
  });
  return (
    <>
      {at(secret, 'tlsCertificate', 'privateKey') !== undefined && <p className="text-fg-secondary">Its private key is not shown.</p>}
      {parts.map(({ title, text }) => (
        <section key={title} className="flex flex-col gap-1">
          <div className="flex items-center justify-between">
            <h3 className="font-semibold">{title}</h3>
            <CopyButton text={text} label={`Copy: ${title}`} />
          </div>
          <pre className="overflow-x-auto rounded-control border border-line bg-sunken p-2 font-mono text-axis" tabIndex={0} aria-label={title}>
            {text.trim()}
          </pre>
        </section>
      ))}
    </>
  );
}

function pemOf(source: unknown): string | undefined {
  const [inlineString, inlineBytes] = [textAt(source, 'inlineString'), textAt(source, 'inlineBytes')];
  try {
    return textOfSource({ ...(inlineString === undefined ? {} : { inlineString }), ...(inlineBytes === undefined ? {} : { inlineBytes }) });
  } catch {
    // Not base64: nothing that a person could read.
    return undefined;
  }
}
