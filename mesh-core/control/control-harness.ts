import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PUSH_ORDER, TYPE_URLS } from '#mesh-core/domain/envoy/resources.ts';
import type { ResourceType } from '#mesh-core/domain/envoy/resources.ts';
import { openAdsStream } from '#mesh-core/wire/xds/ads-client-channel.ts';
import type { AdsStream, AdsStreamEnd } from '#mesh-core/wire/xds/ads-client-channel.ts';
import type { ControlPlaneAddress } from '#mesh-core/wire/xds/control-plane-channel.ts';
import type { DiscoveryResponse, XdsNode } from '#mesh-core/wire/xds/discovery.ts';
import { decodeResource } from '#mesh-core/wire/xds/resource-codec.ts';
import { createKubeClient } from '#mesh-core/wire/kubernetes/http-kube-client.ts';
import type { KubeClient } from '#mesh-core/wire/kubernetes/kube-client.ts';
import { readKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';
import type { ProxySyncState } from '#mesh-core/wire/xds/sync-state.ts';
import type { ControlEndpoints } from './control-files.ts';

const ENTRY = fileURLToPath(new URL('../bin/control.ts', import.meta.url));

/** A control plane in a process of its own, as `npm start` runs it. */
export interface ControlProcess {
  readonly child: ChildProcess;
  readonly endpoints: ControlEndpoints;
  /** The mesh root, from the kubeconfig. */
  readonly rootPem: string;
  readonly kube: KubeClient;
  syncz(): Promise<readonly ProxySyncState[]>;
  metric(line: RegExp): Promise<string | undefined>;
  /** Ends the process with a signal and resolves with its exit code (null = killed). */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** A directory that is gone after the test. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'binnacle-control-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts `bin/control.ts` on free ports and waits until it says that it is ready. */
export async function startControlProcess(t: TestContext, dataDir: string, { flags = [] }: { flags?: readonly string[] } = {}): Promise<ControlProcess> {
  const args = [ENTRY, '--data-dir', dataDir, '--kube-port', '0', '--xds-port', '0', '--monitoring-port', '0', '--gateway-port', '0', '--otlp-port', '0', ...flags];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const endpoints = await new Promise<ControlEndpoints>((resolve, reject) => {
    child.on('message', (message: { kind?: string; endpoints?: ControlEndpoints }) => {
      if (message.kind === 'ready' && message.endpoints !== undefined) resolve(message.endpoints);
    });
    child.once('exit', (code) => reject(new Error(`the control plane ended with ${code}: ${output}`)));
  });
  const config = readKubeconfig(path.join(dataDir, 'kubeconfig'));
  const get = async (where: string): Promise<Response> => fetch(`${endpoints.monitoring}${where}`);
  return {
    child,
    endpoints,
    rootPem: config.caPem ?? '',
    kube: createKubeClient({ ...config, backoffMs: { first: 10, longest: 50 } }),
    syncz: async () => (await (await get('/debug/syncz')).json()) as ProxySyncState[],
    metric: async (line) => line.exec(await (await get('/metrics')).text())?.[0],
    end: async (signal) => {
      child.kill(signal);
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}

/** Runs `bin/control.ts` to its end; for starts that must fail. */
export async function runControl(args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const child = spawn(process.execPath, [ENTRY, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

/** A response as the test reads it: resources decoded. */
export interface SeenResponse {
  readonly version: string;
  readonly nonce: string;
  readonly resources: readonly Readonly<Record<string, unknown>>[];
}

/** The proxy's side of one ADS stream, by hand: it takes everything unless it is told to refuse. */
export class TestProxy {
  readonly seen: Record<ResourceType, SeenResponse[]> = { cluster: [], endpoint: [], listener: [], route: [], secret: [] };
  /** Reasons to refuse the next response of a type. */
  readonly refuse: Partial<Record<ResourceType, string>> = {};
  ended: AdsStreamEnd | undefined;
  readonly #stream: AdsStream;
  readonly #names: Record<ResourceType, readonly string[]> = { cluster: [], endpoint: [], listener: [], route: [], secret: [] };
  #node: XdsNode | undefined;

  constructor(address: ControlPlaneAddress, node: XdsNode) {
    this.#node = node;
    this.#stream = openAdsStream(address, { onResponse: (response) => this.#receive(response), onEnd: (end) => (this.ended = end) });
  }

  subscribe(type: ResourceType, names: readonly string[] = []): void {
    this.#names[type] = names;
    this.#request(type, '', this.seen[type].at(-1));
  }

  reportHealth(errorMessage?: string): void {
    this.#stream.send({ typeUrl: TYPE_URLS.healthInformation, versionInfo: '', responseNonce: '', resourceNames: [], ...this.#nodeOnce(), ...(errorMessage === undefined ? {} : { errorDetail: { message: errorMessage } }) });
  }

  /** The newest response of a type, once it fits. */
  async next(type: ResourceType, fits: (response: SeenResponse) => boolean = () => true): Promise<SeenResponse> {
    return until(() => this.seen[type].findLast(fits), `a ${type} response`, () => this.ended?.message);
  }

  leave(): void {
    this.#stream.end();
  }
  drop(): void {
    this.#stream.destroy();
  }

  #receive(response: DiscoveryResponse): void {
    const type = PUSH_ORDER.find((candidate) => TYPE_URLS[candidate] === response.typeUrl);
    if (type === undefined) return;
    const seen: SeenResponse = { version: response.versionInfo, nonce: response.nonce, resources: response.resources.map((resource) => decodeResource(resource) as Readonly<Record<string, unknown>>) };
    this.seen[type].push(seen);
    const problem = this.refuse[type];
    delete this.refuse[type];
    this.#request(type, problem === undefined ? seen.version : '', seen, problem);
  }

  #request(type: ResourceType, version: string, answered: SeenResponse | undefined, problem?: string): void {
    this.#stream.send({
      typeUrl: TYPE_URLS[type],
      versionInfo: version,
      responseNonce: answered?.nonce ?? '',
      resourceNames: this.#names[type],
      ...this.#nodeOnce(),
      ...(problem === undefined ? {} : { errorDetail: { code: 13, message: problem } }),
    });
  }

  #nodeOnce(): { node?: XdsNode } {
    const node = this.#node;
    this.#node = undefined;
    return node === undefined ? {} : { node };
  }
}

/** Asks every 20 ms until there is an answer; fails after ten seconds, or another time, saying what was waited for. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>, what: string, why: () => string | undefined = () => undefined, limitMs = 10_000): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > end) throw new Error(`waited for ${what} in vain${why() === undefined ? '' : `: ${why()}`}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
