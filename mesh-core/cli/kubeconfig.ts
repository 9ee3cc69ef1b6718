import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { issueClientCertificate, openClientAuthority } from '#mesh-core/control/access/client-authority.ts';
import { kubeconfigText, writeKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';
import { COMMON_OPTIONS, parseOptions } from './command-line.ts';
import { HELP } from './help.ts';
import { locateMesh, openMesh } from './open-mesh.ts';
import { UsageError } from './usage-error.ts';

const LONGEST_DAYS = 365;

/** Makes a kubeconfig with a client certificate. Signs on this machine, with the key in the data directory, as kubeadm does. */
export async function kubeconfig(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions('kubeconfig', args, {
    ...COMMON_OPTIONS,
    user: { type: 'string' },
    group: { type: 'string', multiple: true, default: [] },
    days: { type: 'string', default: '30' },
    out: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP.kubeconfig);
    return 0;
  }
  const { user, group: groups, out } = values;
  if (positionals.length > 0 || user === undefined || user === '') throw new UsageError('Say for whom: mesh kubeconfig --user NAME [--group GROUP …].');
  if ([user, ...groups].some((name) => name.startsWith('system:'))) throw new UsageError('Names and groups that begin with "system:" are the API\'s own; use another, and bind a role to it.');
  const days = Number(values.days);
  if (!Number.isInteger(days) || days < 1 || days > LONGEST_DAYS) throw new UsageError(`--days takes a whole number from 1 to ${LONGEST_DAYS}, not "${values.days}".`);
  const location = locateMesh(values);
  const { config } = openMesh(location);
  if (!existsSync(join(location.dataDir, 'control', 'client-ca'))) throw new UsageError(`${location.dataDir} holds no authority for users of the API: give the data directory of the control plane with --data-dir.`);
  const certificate = await issueClientCertificate(await openClientAuthority(location.dataDir, Date.now()), { user, groups, days }, Date.now());
  const made = { server: config.server, clientCert: certificate, name: `${user}@binnacle`, ...(config.caPem === undefined ? {} : { caPem: config.caPem }) };
  if (out === undefined) console.log(kubeconfigText(made).trimEnd());
  else {
    writeKubeconfig(out, made);
    console.error(`Written to ${out}: ${user}${groups.length === 0 ? '' : `, member of ${groups.join(', ')}`}, good until ${certificate.notAfter.toISOString()}.`);
  }
  return 0;
}
