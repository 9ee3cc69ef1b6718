import { StatusLabel } from '#components/status/status-label.tsx';
import type { NamedStatus } from '#components/status/status.ts';
import { cx } from '#components/ui/class-names.ts';
import { describeEndpoints, type EndpointView } from './describe-cluster.ts';
import type { Json } from './json-at.ts';

/** The endpoints of a cluster as they came by discovery. */
export function EndpointDetail({ assignment }: { readonly assignment: Json }) {
  return <EndpointTable endpoints={describeEndpoints(assignment)} />;
}

/** Endpoints: where, how they are, their weight, and who they are. */
export function EndpointTable({ endpoints }: { readonly endpoints: readonly EndpointView[] }) {
  const placed = endpoints.some(({ locality }) => locality !== '');
  const ranked = endpoints.some(({ priority }) => priority > 0);
  const heads = ['Address', 'Health', 'Workload', 'Weight', ...(ranked ? ['Priority'] : []), ...(placed ? ['Place'] : [])];
  return (
    <section className="flex flex-col gap-2">
      <h3 className="font-semibold">
        Endpoints <span className="font-normal text-fg-tertiary tabular-nums">{endpoints.length}</span>
      </h3>
      {endpoints.length === 0 ? (
        <p className="text-fg-secondary">None: every request to this cluster is answered 503.</p>
      ) : (
        <div className="overflow-x-auto rounded-control border border-line">
          <table className="w-full border-separate border-spacing-0 text-label" aria-label="Endpoints">
            <thead>
              <tr className="text-fg-tertiary">
                {heads.map((head) => (
                  <th key={head} scope="col" className={cx('h-8 px-3 font-medium', head === 'Weight' || head === 'Priority' ? 'text-right' : 'text-left')}>
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="[&_td]:border-t [&_td]:border-line-subtle [&_td]:px-3 [&_td]:py-1.5 [&_td]:whitespace-nowrap [&_td>*]:align-middle">
              {endpoints.map((one, index) => (
                <tr key={`${index} ${one.address}`}>
                  <td>
                    <code className="font-mono">{one.address}</code>
                  </td>
                  <td>
                    <StatusLabel quiet {...healthStatus(one.health)} />
                  </td>
                  <td>
                    {one.workload ?? <span className="text-fg-tertiary">—</span>}
                    {one.mutualTls && <span className="text-fg-tertiary"> mTLS</span>}
                  </td>
                  <td className="text-right tabular-nums">{one.weight}</td>
                  {ranked && <td className="text-right tabular-nums">{one.priority}</td>}
                  {placed && <td>{one.locality}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function healthStatus(health: string): NamedStatus {
  switch (health) {
    case 'HEALTHY':
      return { status: 'healthy', label: 'Healthy' };
    case 'UNHEALTHY':
      return { status: 'failing', label: 'Unhealthy' };
    case 'DRAINING':
      return { status: 'progressing', label: 'Draining' };
    case 'UNKNOWN':
      return { status: 'unknown', label: 'Unknown' };
    default:
      return { status: 'degraded', label: health };
  }
}
