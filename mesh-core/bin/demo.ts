// The demo shop: `node mesh-core/bin/demo.ts --data-dir .binnacle`. Needs a control plane that wrote its kubeconfig there.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startShop } from '#mesh-core/demo/shop-supervisor.ts';
import { createLogger } from '#mesh-core/runtime/logger.ts';
import { Shutdown } from '#mesh-core/runtime/shutdown.ts';
import { createKubeClient } from '#mesh-core/wire/kubernetes/http-kube-client.ts';
import { readKubeconfig } from '#mesh-core/wire/kubernetes/kubeconfig.ts';

const { values } = parseArgs({ options: { 'data-dir': { type: 'string', default: '.binnacle' }, 'gateway-port': { type: 'string', default: '8080' }, help: { type: 'boolean', default: false } } });
const log = createLogger('demo');
if (values.help) {
  console.log('Usage: node mesh-core/bin/demo.ts --data-dir DIR [--gateway-port PORT]\nStarts the demo shop behind sidecars, in the mesh whose kubeconfig is in DIR.');
} else {
  try {
    const dataDir = values['data-dir'];
    const kube = createKubeClient(readKubeconfig(join(dataDir, 'kubeconfig')));
    const shop = await startShop({ root: fileURLToPath(new URL('../..', import.meta.url)), dataDir, gatewayPort: Number(values['gateway-port']), kube, log });
    const shutdown = new Shutdown(log, 5000);
    shutdown.add('shop', () => shop.stop());
    shutdown.listen();
    log.info({ endpoints: { shop: shop.apps } }, 'ready');
    process.send?.({ kind: 'ready', endpoints: { shop: shop.apps } });
  } catch (error) {
    log.error({ error: error instanceof Error ? error.message : String(error) }, 'the demo shop could not be started');
    process.exit(1);
  }
}
