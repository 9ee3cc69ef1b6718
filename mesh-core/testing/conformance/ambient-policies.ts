import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { KubeObject } from '../../domain/resources/kube-object.ts';
import type { AuthorizationPolicy, PeerAuthentication } from '../../domain/resources/security.ts';
import { ambientAuthorization, ambientPeerAuthentication, scopeWidePeerAuthentication } from '../../domain/translate/ambient-policies.ts';
import type { AmbientAuthorization } from '../../domain/translate/ambient-policies.ts';
import { judge, readYaml } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';

const ROOT = 'istio-system';

/** PeerAuthentication and AuthorizationPolicy → the policy in force at layer 4: `X-in.yaml` against `X.yaml`. */
export const ambientPolicies: ConformanceSet = {
  name: 'ambient-policies',
  needs: 'ambient-policies',
  run: (dir) => {
    const pairs = readdirSync(join(dir, 'ambient-policies')).filter((file) => file.endsWith('-in.yaml')).toSorted();
    return judge(pairs, (file) => file.replace('-in.yaml', ''), (file) => {
      const expected: unknown[] = readYaml(dir, `ambient-policies/${file.replace('-in.yaml', '.yaml')}`);
      assert.deepEqual(layerFourPolicies(readYaml(dir, `ambient-policies/${file}`)).map(withoutEmptyLists), expected.map(withoutEmptyLists));
      return undefined;
    });
  },
};

function layerFourPolicies(objects: readonly KubeObject[]): AmbientAuthorization[] {
  const peers = objects.filter(({ kind }) => kind === 'PeerAuthentication') as PeerAuthentication[];
  return objects.flatMap((object) => {
    if (object.kind === 'AuthorizationPolicy') return ambientAuthorization(object as AuthorizationPolicy, ROOT) ?? [];
    const peer = object as PeerAuthentication;
    return ambientPeerAuthentication(peer, scopeWidePeerAuthentication(peers, peer.metadata.namespace ?? ''), scopeWidePeerAuthentication(peers, ROOT), ROOT) ?? [];
  });
}

/** As in proto3 JSON. */
function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => !(Array.isArray(item) && item.length === 0)).map(([key, item]) => [key, withoutEmptyLists(item)]));
}
