'use client';

import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { servicesQuery, workloadsQuery } from '../queries.ts';
import { useNamespaceNames } from '#components/shell/use-namespaces.ts';
import { Combobox, type ComboboxOption } from '#components/ui/combobox.tsx';
import { Field, Input, Textarea } from '#components/ui/input.tsx';
import { Panel } from '#components/ui/panel.tsx';
import { Select } from '#components/ui/select.tsx';
import type { RequestProblems, TypedRequest } from './request-body.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

export interface RequestFormProps {
  readonly request: TypedRequest;
  readonly problems: RequestProblems;
  readonly onChange: (change: Partial<TypedRequest>) => void;
}

/** Who asks whom for what. What is typed is tried at once. */
export function RequestForm({ request, problems, onChange }: RequestFormProps) {
  const callers = useCallers();
  const services = useQuery(servicesQuery).data ?? [];
  const methods = METHODS.includes(request.method) ? METHODS : [...METHODS, request.method];
  // A caller that is not registered (any more) is still what the link says.
  const options = callers.some(({ value }) => value === request.who) || request.who === '' ? callers : [...callers, { value: request.who, label: request.who, note: 'not registered' }];
  const described = (field: keyof TypedRequest) => ({ 'aria-invalid': problems[field] !== undefined, 'aria-describedby': `try-${field}-note` });
  return (
    <Panel title="Request">
      <div className="flex flex-col gap-3">
        <Field label="From" htmlFor="try-who" hint={hintOf(request.who, callers)}>
          <Combobox id="try-who" label="From" value={request.who === '' ? null : request.who} onValueChange={(who) => onChange({ who: who ?? '' })} options={options} placeholder="Workload, gateway or outside" emptyText="No such workload." className="w-full" />
        </Field>
        <div className="grid grid-cols-[minmax(0,1fr)_80px] gap-2">
          <Field label="Host" htmlFor="try-host" error={problems.host}>
            <Input id="try-host" list="try-hosts" value={request.host} onChange={(event) => onChange({ host: event.target.value })} placeholder="catalog, shop.example.com" spellCheck={false} autoComplete="off" {...described('host')} />
            <datalist id="try-hosts">
              {services.map(({ host, namespace, name }) => (
                <option key={host} value={host}>{`${namespace}/${name}`}</option>
              ))}
            </datalist>
          </Field>
          <Field label="Port" htmlFor="try-port" error={problems.port}>
            <Input id="try-port" inputMode="numeric" value={Number.isNaN(request.port) || request.port === 0 ? '' : String(request.port)} onChange={(event) => onChange({ port: Number(event.target.value.replaceAll(/\D/g, '')) })} className="tabular-nums" {...described('port')} />
          </Field>
        </div>
        <div className="grid grid-cols-[104px_minmax(0,1fr)] gap-2">
          <Field label="Method" htmlFor="try-method">
            <Select id="try-method" value={request.method} onValueChange={(method) => onChange({ method })} options={methods.map((value) => ({ value, label: value }))} className="w-full" />
          </Field>
          <Field label="Path" htmlFor="try-path" error={problems.path}>
            <Input id="try-path" mono value={request.path} onChange={(event) => onChange({ path: event.target.value })} spellCheck={false} autoComplete="off" {...described('path')} />
          </Field>
        </div>
        <div className="grid gap-3 sm:max-lg:grid-cols-2">
          <Field label="Headers" htmlFor="try-headers" hint="One on each line, name: value." error={problems.headers}>
            <Textarea id="try-headers" mono rows={3} value={request.headers} onChange={(event) => onChange({ headers: event.target.value })} placeholder="end-user: jason" spellCheck={false} {...described('headers')} />
          </Field>
          <Field label="Claims of a token" htmlFor="try-claims" hint="JSON, sent as a bearer token that counts as signed." error={problems.claims}>
            <Textarea id="try-claims" mono rows={3} value={request.claims} onChange={(event) => onChange({ claims: event.target.value })} placeholder={'{"iss": "https://id.example.com", "sub": "ann"}'} spellCheck={false} {...described('claims')} />
          </Field>
        </div>
      </div>
    </Panel>
  );
}

function hintOf(who: string, callers: readonly ComboboxOption[]): string | undefined {
  if (who.endsWith('/')) return 'No proxy and no certificate: plain text, straight to the service.';
  return callers.find(({ value }) => value === who)?.note === 'gateway' ? 'A client outside the mesh that calls this gateway.' : undefined;
}

/** Workloads with a sidecar, gateways (for clients outside), and a program without a proxy in each namespace. */
function useCallers(): readonly ComboboxOption[] {
  const workloads = useQuery(workloadsQuery).data;
  const namespaces = useNamespaceNames().data;
  return useMemo(() => {
    const rows = (workloads ?? []).map(({ namespace, name, labels }) => ({ value: `${namespace}/${name}`, isGateway: labels['istio']?.includes('gateway') === true || labels['gateway.networking.k8s.io/gateway-name'] !== undefined }));
    return [
      ...rows.filter(({ isGateway }) => !isGateway).map(({ value }) => ({ value, label: value })),
      ...rows.filter(({ isGateway }) => isGateway).map(({ value }) => ({ value, label: `Outside, through ${value}`, note: 'gateway' })),
      ...(namespaces ?? []).map((namespace) => ({ value: `${namespace}/`, label: `Without a sidecar, in ${namespace}`, note: 'no proxy' })),
    ];
  }, [workloads, namespaces]);
}
