import assert from 'node:assert/strict';

import { aSidecar } from '../../domain/translate/a-proxy.ts';
import { buildPortRoutes } from '../../domain/translate/outbound-route-config.ts';
import { proxyContext } from '../../domain/translate/proxy-context.ts';
import { judge, readCases } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';
import { snapshotOfText } from './snapshot-of-text.ts';

interface RouteCase {
  readonly id: string;
  readonly config: string;
  readonly routeConfig: string;
  readonly proxy: { readonly namespace: string };
  /** Host → clusters in the order of the routes; null: there is no virtual host for it. */
  readonly expectVirtualHosts: Readonly<Record<string, readonly string[] | null>>;
}

/** Which VirtualService takes each host of a sidecar's port. */
export const sidecarRoutes: ConformanceSet = {
  name: 'traffic-simulation/sidecar-routes',
  needs: 'traffic-simulation/sidecar-routes.json',
  run: (dir) =>
    judge(readCases<RouteCase>(dir, 'traffic-simulation/sidecar-routes.json'), ({ id }) => id, ({ config, routeConfig, proxy, expectVirtualHosts }) => {
      const routes = buildPortRoutes(proxyContext(snapshotOfText(config), aSidecar('ui', { namespace: proxy.namespace })), Number(routeConfig));
      for (const [host, clusters] of Object.entries(expectVirtualHosts)) {
        const found = routes.virtualHosts.find(({ name }) => name === `${host}:${routeConfig}`);
        const actual = found === undefined ? null : found.routes.flatMap(({ route }) => route?.cluster ?? route?.weightedClusters?.clusters.map(({ name }) => name) ?? []);
        assert.deepEqual(actual, clusters, `${host}: found ${JSON.stringify(actual)}, Istio ${JSON.stringify(clusters)}`);
      }
      return undefined;
    }),
};
