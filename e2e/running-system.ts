import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { kindByApiVersion } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { createKubeClient } from '#mesh-core/wire/kubernetes/http-kube-client.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { readKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';

/** Where the parts of the system under test are. */
export interface Endpoints {
  readonly console: string;
  readonly gateway: string;
  readonly kube: string;
  readonly xds: string;
  readonly monitoring: string;
  readonly otlp: string;
  readonly pages: string;
  /** `catalog-v1` → the application's own address, past the mesh. */
  readonly shop: Readonly<Record<string, string>>;
  readonly pids: Readonly<Record<string, number>>;
}

/** The data directory of the system that the global set-up started. */
export function dataDir(): string {
  const directory = process.env['BINNACLE_E2E_DATA_DIR'];
  if (directory === undefined) throw new Error('BINNACLE_E2E_DATA_DIR is not set: run through "npm run test:e2e".');
  return directory;
}

export function endpoints(): Endpoints {
  return JSON.parse(readFileSync(join(dataDir(), 'run', 'endpoints.json'), 'utf8')) as Endpoints;
}

export function kubeClient(): KubeClient {
  return createKubeClient(readKubeconfig(join(dataDir(), 'kubeconfig')));
}

/** Asks the console's API as a program does, with the admin token. Throws on an answer that is not 2xx. */
export async function api<T>(path: string, init: { readonly method?: string; readonly body?: unknown } = {}): Promise<T> {
  const token = readFileSync(join(dataDir(), 'server', 'admin-token'), 'utf8').trim();
  const answer = await fetch(`${endpoints().console}${path}`, {
    method: init.method ?? 'GET',
    headers: { authorization: `Bearer ${token}`, ...(init.body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Opens the console through a fresh one-time link, as the start command prints it. */
export async function signIn(page: Page): Promise<void> {
  const { url } = await api<{ url: string }>('/api/sign-in-links', { method: 'POST', body: {} });
  await page.goto(url);
}

/** Requests that an application has answered since it started, counted by itself. */
export async function servedBy(workload: string): Promise<number> {
  const base = endpoints().shop[workload];
  if (base === undefined) throw new Error(`There is no application ${workload}.`);
  const { served } = (await (await fetch(`${base}/_stats`)).json()) as { served: number };
  return served;
}

/** Sends `count` requests through the gateway, `atOnce` at a time; gives how many answered with each status. */
export async function sendThroughGateway(path: string, count: number, options: { readonly atOnce?: number; readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Record<number, number>> {
  const { gateway } = endpoints();
  const agent = new Agent({ keepAlive: true, maxSockets: options.atOnce ?? 8 });
  const statuses: Record<number, number> = {};
  let left = count;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const outgoing = request(`${gateway}${path}`, { agent, method: options.method ?? 'GET', headers: { host: 'shop.example.com', ...options.headers } }, (answer) => {
        const status = answer.statusCode ?? 0;
        statuses[status] = (statuses[status] ?? 0) + 1;
        answer.resume();
        answer.on('close', resolve);
      });
      outgoing.on('error', () => {
        statuses[0] = (statuses[0] ?? 0) + 1;
        resolve();
      });
      outgoing.end();
    });
  const worker = async (): Promise<void> => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: options.atOnce ?? 8 }, worker));
  agent.destroy();
  return statuses;
}

/** Makes one version of a shop service misbehave, or behave again with `null`. */
export async function injectFault(workload: string, fault: { readonly delayMs?: number; readonly errorPercent?: number; readonly flapSeconds?: number } | null): Promise<void> {
  const kind = kindByApiVersion('v1', 'ConfigMap');
  if (kind === undefined) throw new Error('ConfigMap is a served kind');
  await kubeClient().patch(kind, 'fault-injection', 'shop', 'merge', { data: { [workload]: fault === null ? null : JSON.stringify(fault) } });
}

/** One object of the mesh, undefined when there is none. */
export async function readObject(apiVersion: string, kindName: string, namespace: string, name: string): Promise<KubeObject | undefined> {
  const kind = kindByApiVersion(apiVersion, kindName);
  if (kind === undefined) throw new Error(`${kindName} is not a served kind`);
  const { items } = await kubeClient().list(kind, { namespace });
  return items.find((object) => object.metadata.name === name);
}

/** A PromQL instant query against the console's own API: label sets with their value now. */
export async function promql(query: string): Promise<{ readonly metric: Record<string, string>; readonly value: number }[]> {
  const { data } = await api<{ data: { result: { metric: Record<string, string>; value: [number, string] }[] } }>(`/prometheus/api/v1/query?query=${encodeURIComponent(query)}`);
  return data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

/** Sync state of every connected proxy, from the control plane itself. */
export async function proxySync(): Promise<{ readonly proxyId: string; readonly types: Record<string, { readonly state: string; readonly ackedVersion?: string }> }[]> {
  return (await (await fetch(`${endpoints().monitoring}/debug/syncz`)).json()) as Awaited<ReturnType<typeof proxySync>>;
}
