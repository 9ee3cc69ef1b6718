import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { judge } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';

/** PeerAuthentication and AuthorizationPolicy → the policy in force at layer 4: `X-in.yaml` against `X.yaml`. */
export const ambientPolicies: ConformanceSet = {
  name: 'ambient-policies',
  needs: 'ambient-policies',
  run: (dir) => {
    const pairs = readdirSync(join(dir, 'ambient-policies')).filter((file) => file.endsWith('-in.yaml')).toSorted();
    return judge(pairs, (file) => file.replace('-in.yaml', ''), () => 'layer 4 policies are not built yet');
  },
};
