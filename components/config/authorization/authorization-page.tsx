'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '#components/api/api-error.ts';
import { paths } from '#components/api/paths.ts';
import { AppLink } from '#components/shell/app-link.tsx';
import { Page } from '#components/shell/page.tsx';
import { useViewHref } from '#components/shell/use-view-href.ts';
import { buttonClass } from '#components/ui/button.tsx';
import { DataState } from '#components/ui/data-state.tsx';
import type { AuthorizationPolicy } from '#mesh-core/domain/resources/security.ts';
import { objectHref } from '../object-href.ts';
import { configObjectQuery } from '../queries.ts';
import type { AuthorizationStart } from './authorization-model.ts';
import { PolicyForm } from './policy-form.tsx';

/** Who may call whom: one policy in a form; without a name a new one, which may begin with a caller and a callee. */
export function AuthorizationPage({ namespace, name, start }: { readonly namespace: string; readonly name: string | undefined; readonly start?: AuthorizationStart }) {
  const viewHref = useViewHref();
  // A policy created here stays on this page, with what the proxies say of it; only the address changes.
  const [created, setCreated] = useState<{ readonly namespace: string; readonly name: string }>();
  const address = { group: 'security.istio.io', version: 'v1', plural: 'authorizationpolicies', namespace: created?.namespace ?? namespace, name: created?.name ?? name ?? '' };
  const query = useQuery({ ...configObjectQuery(address), enabled: address.name !== '' });
  // Created here and then undone: the form is one for a new policy again.
  const gone = name === undefined && query.error instanceof ApiError && query.error.code === 'not-found';
  // Safe because the server answers with the kind that the address names.
  const stored = gone ? undefined : (query.data?.object as AuthorizationPolicy | undefined);
  const href = stored === undefined ? undefined : objectHref(stored);
  return (
    <Page
      crumbs={[{ label: 'Config', href: paths.config() }, { label: 'Authorization' }, { label: address.name === '' ? 'New policy' : `${address.namespace}/${address.name}` }]}
      actions={
        href === undefined ? undefined : (
          <AppLink href={href} className={buttonClass()}>
            YAML and history
          </AppLink>
        )
      }
      namespaces={false}
      time={false}
      fill
    >
      {name === undefined ? (
        <PolicyForm
          stored={stored}
          namespace={namespace}
          {...(start === undefined ? {} : { start })}
          onCreated={(ref) => {
            const place = { namespace: ref.namespace ?? namespace, name: ref.name };
            setCreated(place);
            window.history.replaceState(null, '', viewHref(paths.authorization(place.namespace, place.name)));
          }}
        />
      ) : (
        <DataState query={query} className="flex h-full min-h-0 flex-col">
          {() => <PolicyForm stored={stored} namespace={namespace} onCreated={() => undefined} />}
        </DataState>
      )}
    </Page>
  );
}
