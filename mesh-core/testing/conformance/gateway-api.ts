import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { convertGatewayApi } from '../../domain/gateway-api/convert-gateway-api.ts';
import type { KubeObject } from '../../domain/resources/kube-object.ts';
import { judge, parseYaml } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';
import { gatewayApiCase } from './gateway-api-environment.ts';

/** Gateway API objects → Istio's, and their status: `X.yaml` against `X.yaml.golden` and `X.status.yaml.golden`. */
export const gatewayApi: ConformanceSet = {
  name: 'gateway-api',
  needs: 'gateway-api',
  run: (dir) => {
    const folder = join(dir, 'gateway-api');
    const read = (file: string): KubeObject[] => parseYaml(readFileSync(join(folder, file), 'utf8'));
    const names = readdirSync(folder)
      .filter((file) => file.endsWith('.status.yaml.golden'))
      .map((file) => file.slice(0, -'.status.yaml.golden'.length))
      .toSorted();
    return judge(names, (name) => name, (name) => {
      const result = convertGatewayApi(gatewayApiCase(read(`${name}.yaml`)), 'fake');
      const made = [...result.gateways, ...result.virtualServices, ...result.destinationRules];
      assert.deepEqual(byKey(made), byKey(read(`${name}.yaml.golden`)));
      const statuses = result.statuses.map(({ object, status }): KubeObject => {
        const { apiVersion, kind, metadata } = object;
        return { apiVersion, kind, metadata: { name: metadata.name, ...(metadata.namespace === undefined ? undefined : { namespace: metadata.namespace }) }, status };
      });
      assert.deepEqual(byKey(statuses), byKey(read(`${name}.status.yaml.golden`)));
      return undefined;
    });

  },
};

/** Objects by kind and name, in the form of protobuf's JSON without defaults; all conditions are of the same time. */
function byKey(objects: readonly KubeObject[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map(({ apiVersion, kind, metadata: { name, namespace, annotations }, spec, status }): [string, unknown] => {
      return [`${apiVersion}/${kind}/${namespace ?? ''}/${name}`, withoutDefaults({ annotations, spec: status === undefined ? spec : undefined, status })];
    }),
  );
}

function withoutDefaults(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDefaults);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, below]) => below !== undefined && below !== null && below !== '' && below !== 0 && !(Array.isArray(below) && below.length === 0));
  return Object.fromEntries(kept.map(([key, below]) => [key, key === 'lastTransitionTime' ? 'fake' : withoutDefaults(below)]));
}
