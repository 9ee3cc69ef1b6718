import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { judge } from './conformance-set.ts';
import type { ConformanceSet } from './conformance-set.ts';

/** Gateway API objects → Istio's, and their status: `X.yaml` against `X.yaml.golden` and `X.status.yaml.golden`. */
export const gatewayApi: ConformanceSet = {
  name: 'gateway-api',
  needs: 'gateway-api',
  run: (dir) => {
    const inputs = readdirSync(join(dir, 'gateway-api')).filter((file) => file.endsWith('.yaml.golden') && !file.endsWith('.status.yaml.golden')).toSorted();
    return judge(inputs, (file) => file.replace('.yaml.golden', ''), () => 'Gateway API is not translated yet');
  },
};
