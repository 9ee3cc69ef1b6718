import { paths } from '#components/api/paths.ts';
import { CONSOLE_KINDS } from '#mesh-core/domain/resources/kinds.ts';

/** `/apis/networking.istio.io/v1/namespaces/shop/virtual-service/catalog`, as istiod notes it in metadata. */
const CONFIG_PATH = /^\/apis\/([^/]+)\/([^/]+)\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)$/;

/** The object that a piece of configuration says it was made from: a name and the link to its editor; undefined for a path of another form or an unknown kind. */
export function configObjectOf(path: string): { readonly label: string; readonly href: string } | undefined {
  const [, group, version, namespace, singular, name] = CONFIG_PATH.exec(path) ?? [];
  const kind = CONSOLE_KINDS.find((one) => one.group === group && one.kind.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase() === singular);
  if (kind === undefined || version === undefined || namespace === undefined || name === undefined) return undefined;
  return { label: `${kind.kind} ${name}`, href: paths.configObject({ group: kind.group, version: kind.versions[0], plural: kind.plural, namespace, name }) };
}
