import type { WorkloadEntry } from '#mesh-core/domain/resources/networking.ts';
import type { ConfigCache } from '#server/config/config-cache.ts';
import { discoverTargets, MESH_POOL } from './discover-targets.ts';
import { scrapeJob, type ScrapeJob } from './scrape-job.ts';
import type { TargetSource } from './scrape-target.ts';

export interface MeshRegistryOptions extends Partial<ScrapeJob> {
  readonly config: Pick<ConfigCache, 'list' | 'onChange'>;
  readonly intervalMs: number;
}

/** The workloads that ask to be scraped, as the registry of the mesh has them: one pool. */
export function meshRegistrySource({ config, ...own }: MeshRegistryOptions): TargetSource {
  // Workloads come and go by themselves: their pages are read also when they do not say what they are.
  const job = scrapeJob({ fallbackProtocol: 'PrometheusText0.0.4', http: { followRedirects: false }, ...own, name: MESH_POOL });
  return {
    pools: () => [{ job, targets: discoverTargets(config.list<WorkloadEntry>('WorkloadEntry')), dropped: [] }],
    onChange: (listener) =>
      config.onChange(({ object }) => {
        if (object.kind === 'WorkloadEntry') listener();
      }),
    problems: () => [],
    close: () => undefined,
  };
}
