import { stringify } from 'yaml';
import { KINDS, kindByWord } from '#mesh-core/domain/resources/kinds.ts';
import type { KindInfo } from '#mesh-core/domain/resources/kinds.ts';
import type { KubeObject } from '#mesh-core/domain/resources/kube-object.ts';
import { labelOf } from './apply.ts';
import { COMMON_OPTIONS, nameOption, parseOptions } from './command-line.ts';
import { HELP } from './help.ts';
import { columnTexts, columnTitles } from './kind-columns.ts';
import { locateMesh, openMesh } from './open-mesh.ts';
import { formatAge, formatTable } from './print-table.ts';
import { UsageError } from './usage-error.ts';

/** Shows objects of one kind. */
export async function get(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions('get', args, {
    ...COMMON_OPTIONS,
    namespace: { type: 'string', short: 'n', default: 'default' },
    all: { type: 'boolean', short: 'A', default: false },
    output: { type: 'string', short: 'o', default: 'table' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    console.log(HELP.get);
    return 0;
  }
  const [word, name, ...others] = positionals;
  const kind = kindOption(word);
  if (others.length > 0) throw new UsageError('mesh get takes one name at most.');
  if (!['table', 'yaml', 'json', 'name'].includes(values.output)) throw new UsageError(`--output takes yaml, json or name, not "${values.output}".`);
  const namespace = nameOption('namespace', values.namespace);
  const { kube } = openMesh(locateMesh(values));
  if (name !== undefined) {
    const object = await kube.get(kind, name, kind.namespaced ? namespace : undefined);
    console.log(format(kind, [object], values.output, false));
    return 0;
  }
  const { items } = await kube.list(kind, values.all || !kind.namespaced ? {} : { namespace });
  if (items.length === 0 && values.output === 'table') console.error(values.all || !kind.namespaced ? `There are no ${kind.plural}.` : `There are no ${kind.plural} in namespace ${namespace}.`);
  else console.log(format(kind, items, values.output, true));
  return 0;
}

/** The kind a person means. @throws UsageError listing what there is. */
export function kindOption(word: string | undefined): KindInfo {
  const kinds = KINDS.map((kind) => kind.plural).join(', ');
  if (word === undefined) throw new UsageError(`Say which kind: one of ${kinds}.`);
  // `gateways.gateway.networking.k8s.io` is another kind than `gateways`; other words may carry a version (`vs.v1.networking.istio.io`).
  const kind = kindByWord(word) ?? kindByWord(word.split('.')[0] ?? word);
  if (kind === undefined) throw new UsageError(`This mesh has no kind "${word}"; the kinds are ${kinds}.`);
  return kind;
}

function format(kind: KindInfo, objects: readonly KubeObject[], output: string, asList: boolean): string {
  const plain = asList ? { apiVersion: 'v1', kind: 'List', items: objects } : objects[0];
  if (output === 'json') return JSON.stringify(plain, null, 2);
  if (output === 'yaml') return stringify(plain).trimEnd();
  if (output === 'name') return objects.map((object) => labelOf(kind, object)).join('\n');
  const header = [...(kind.namespaced ? ['NAMESPACE'] : []), 'NAME', ...columnTitles(kind.kind), 'AGE'];
  const rows = objects.map((object) => {
    const { name, namespace = '', creationTimestamp } = object.metadata;
    const age = creationTimestamp === undefined ? '' : formatAge(Date.now() - Date.parse(creationTimestamp));
    return [...(kind.namespaced ? [namespace] : []), name, ...columnTexts(object), age];
  });
  return formatTable(header, rows);
}
