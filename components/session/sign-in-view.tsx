'use client';

import { useSearchParams } from 'next/navigation';
import { useId, useState, type FormEvent } from 'react';
import { toApiError } from '#components/api/api-error.ts';
import { Logo } from '#components/shell/logo.tsx';
import { Button } from '#components/ui/button.tsx';
import { CopyButton } from '#components/ui/copy-button.tsx';
import { Field, Input } from '#components/ui/input.tsx';
import { signIn } from './queries.ts';
import { localNext, readSignInToken } from './read-sign-in-token.ts';

const COMMAND = 'npm start -- --sign-in-link';

/** Signing in: by the printed link, or by pasting it or an API token here. */
export function SignInView() {
  const id = useId();
  const search = useSearchParams();
  const [pasted, setPasted] = useState('');
  const [error, setError] = useState<string>();
  const [pending, setPending] = useState(false);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const token = readSignInToken(pasted);
    if (token === '') {
      setError('Paste the link or a token first.');
      document.getElementById(id)?.focus();
      return;
    }
    setPending(true);
    signIn(token).then(
      // A full load: everything on the page starts with the new session.
      () => window.location.assign(window.location.pathname === '/signin' ? localNext(search.get('next')) : window.location.href),
      (cause: unknown) => {
        setPending(false);
        setError(toApiError(cause).message);
        document.getElementById(id)?.focus();
      },
    );
  };
  return (
    <main className="flex min-h-dvh items-center justify-center bg-chrome p-4">
      <div className="w-[400px] max-w-full">
        <div className="mb-6 flex items-center justify-center gap-2.5">
          <Logo size={28} />
          <span className="text-title font-semibold">Binnacle</span>
        </div>
        <div className="rounded-panel border border-line bg-panel p-5">
          <h1 className="text-section font-semibold">Sign in</h1>
          {search.get('reason') === 'used-link' && (
            <p role="alert" className="mt-2 rounded-control border border-degraded-border bg-degraded-bg px-2 py-1.5 text-label">
              That link was used already, or is too old. Each link works once.
            </p>
          )}
          <p className="mt-1 text-body text-fg-secondary">Open the one-time link that was printed when the console started. To get a new one, run</p>
          <div className="mt-2 flex items-center justify-between rounded-control border border-line bg-sunken pl-2">
            <code className="font-mono text-label">{COMMAND}</code>
            <CopyButton text={COMMAND} label="Copy the command" />
          </div>
          <form onSubmit={submit} noValidate className="mt-5 flex flex-col gap-3 border-t border-line pt-4">
            <Field label="Or paste the link, or an API token" htmlFor={id} error={error}>
              <Input id={id} type="password" mono autoComplete="off" className="h-8" value={pasted} onChange={(event) => setPasted(event.target.value)} aria-invalid={error !== undefined} aria-describedby={`${id}-note`} />
            </Field>
            <Button type="submit" variant="primary" size="md" pending={pending}>
              Sign in
            </Button>
          </form>
        </div>
      </div>
    </main>
  );
}
