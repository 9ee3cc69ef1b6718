import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse as parseYaml, stringify as toYaml } from 'yaml';

/** What is needed to talk to one API server. */
export interface Kubeconfig {
  /** `https://127.0.0.1:6443`, with a path where a gateway serves several clusters. */
  readonly server: string;
  readonly token?: string;
  readonly clientCert?: { readonly certPem: string; readonly keyPem: string };
  /** Roots to trust instead of the system's. */
  readonly caPem?: string;
  /** The server's certificate is not checked: only ever by the file's own `insecure-skip-tls-verify`. */
  readonly insecureSkipTlsVerify?: boolean;
  /** Name to check the certificate against, when it is not the server's host. */
  readonly tlsServerName?: string;
  /** Default namespace of the context. */
  readonly namespace?: string;
}
export interface KubeconfigToWrite extends Pick<Kubeconfig, 'server' | 'token' | 'clientCert' | 'caPem' | 'namespace'> {
  /** Name of the cluster, user and context; default `binnacle`. */
  readonly name?: string;
}
/** The file cannot be used; the message says what about it and what to do. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a kubeconfig file's context (`context`, or the current one). Relative paths in it are relative to the file. Tokens, token files and client certificates
 * are understood; login plugins (`exec`, `auth-provider`) and basic auth are not. Source: Kubernetes, "Organizing Cluster Access Using kubeconfig Files".
 * @throws KubeconfigError
 */
export function readKubeconfig(file: string, context?: string): Kubeconfig {
  const config = asFields(parseFile(file), file);
  const contextName = context ?? text(config, 'current-context') ?? '';
  const chosen = named(config, 'contexts', 'context', contextName);
  if (chosen === undefined) throw new KubeconfigError(`${file} has no context "${contextName}". Set current-context to one of: ${names(config, 'contexts') || 'none'}.`);
  const clusterName = text(chosen, 'cluster') ?? '';
  const cluster = named(config, 'clusters', 'cluster', clusterName);
  if (cluster === undefined) throw new KubeconfigError(`${file}: context "${contextName}" names cluster "${clusterName}", which is not in the file.`);
  const server = text(cluster, 'server') ?? '';
  if (!URL.canParse(server) || !/^https?:/.test(server)) throw new KubeconfigError(`${file}: the server of cluster "${clusterName}" is "${server}", not an http(s) address.`);
  const userName = text(chosen, 'user') ?? '';
  const user = named(config, 'users', 'user', userName) ?? {};
  const caPem = pem(file, cluster, 'certificate-authority');
  const token = text(user, 'token') ?? readOptional(file, text(user, 'tokenFile'))?.trim();
  const clientCert = clientCertOf(file, user);
  for (const plugin of ['exec', 'auth-provider', 'username']) {
    if (user[plugin] !== undefined && token === undefined && clientCert === undefined) throw new KubeconfigError(`${file}: user "${userName}" signs in by ${plugin}, which is not supported. Put a token into the file, for example that of a service account.`);
  }
  const namespace = text(chosen, 'namespace');
  const tlsServerName = text(cluster, 'tls-server-name');
  return {
    server,
    ...(token === undefined ? {} : { token }),
    ...(clientCert === undefined ? {} : { clientCert }),
    ...(caPem === undefined ? {} : { caPem }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { insecureSkipTlsVerify: true } : {}),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** The text of a kubeconfig with one context. It holds what lets one in: keep it to its owner. */
export function kubeconfigText(config: KubeconfigToWrite): string {
  const name = config.name ?? 'binnacle';
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const cluster = { server: config.server, ...(config.caPem === undefined ? {} : { 'certificate-authority-data': base64(config.caPem) }) };
  const user = {
    ...(config.token === undefined ? {} : { token: config.token }),
    ...(config.clientCert === undefined ? {} : { 'client-certificate-data': base64(config.clientCert.certPem), 'client-key-data': base64(config.clientCert.keyPem) }),
  };
  return toYaml({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name, ...(config.namespace === undefined ? {} : { namespace: config.namespace }) } }],
    'current-context': name,
  });
}

/** Writes a kubeconfig with one context, readable by the owner only, replacing the file in one step. */
export function writeKubeconfig(file: string, config: KubeconfigToWrite): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, kubeconfigText(config), { mode: 0o600 });
    chmodSync(draft, 0o600);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function parseFile(file: string): unknown {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    throw new KubeconfigError(`Cannot read kubeconfig ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  try {
    return parseYaml(content);
  } catch (error) {
    throw new KubeconfigError(`${file} is not YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`, { cause: error });
  }
}

function clientCertOf(file: string, user: Fields): Kubeconfig['clientCert'] {
  const certPem = pem(file, user, 'client-certificate');
  const keyPem = pem(file, user, 'client-key');
  return certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
}

/** `<key>-data` (base64) or the file that `<key>` names. */
function pem(file: string, from: Fields, key: string): string | undefined {
  const data = text(from, `${key}-data`);
  return data === undefined ? readOptional(file, text(from, key)) : Buffer.from(data, 'base64').toString();
}

function readOptional(file: string, reference: string | undefined): string | undefined {
  if (reference === undefined) return undefined;
  const target = path.resolve(path.dirname(file), reference);
  try {
    return readFileSync(target, 'utf8');
  } catch (error) {
    throw new KubeconfigError(`${file} refers to ${target}, which cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function named(config: Fields, list: string, key: string, name: string): Fields | undefined {
  const entry = entries(config, list).find((item) => item['name'] === name);
  const value = entry?.[key];
  return isFields(value) ? value : undefined;
}

function names(config: Fields, list: string): string {
  return entries(config, list).map((item) => text(item, 'name') ?? '?').join(', ');
}

function entries(config: Fields, list: string): readonly Fields[] {
  const value = config[list];
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function text(from: Fields, key: string): string | undefined {
  const value = from[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function asFields(value: unknown, file: string): Fields {
  if (!isFields(value)) throw new KubeconfigError(`${file} is not a kubeconfig: it holds no mapping.`);
  return value;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
