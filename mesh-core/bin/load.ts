// The load generator: `node mesh-core/bin/load.ts --url http://127.0.0.1:8080 --rate 20`.
import { parseArgs } from 'node:util';
import { startLoad } from '#mesh-core/demo/load-generator.ts';
import { systemClock } from '#mesh-core/runtime/clock.ts';
import { createLogger } from '#mesh-core/runtime/logger.ts';
import { systemRandom } from '#mesh-core/runtime/random.ts';
import { Shutdown } from '#mesh-core/runtime/shutdown.ts';

const { values } = parseArgs({ options: { url: { type: 'string', default: 'http://127.0.0.1:8080' }, rate: { type: 'string', default: '20' }, help: { type: 'boolean', default: false } } });
const log = createLogger('load');
if (values.help) {
  console.log('Usage: node mesh-core/bin/load.ts --url GATEWAY_URL --rate REQUESTS_PER_SECOND');
} else {
  const rate = Number(values.rate);
  if (!(rate > 0 && rate <= 1000)) {
    console.error(`--rate takes requests per second from above 0 to 1000, not "${values.rate}".`);
    process.exit(1);
  }
  const load = startLoad({ url: values.url, ratePerSecond: rate, clock: systemClock, random: systemRandom });
  const report = setInterval(() => log.info(load.counts(), 'load so far'), 60_000);
  const shutdown = new Shutdown(log);
  shutdown.add('load', () => {
    clearInterval(report);
    load.stop();
  });
  shutdown.listen();
  log.info({ endpoints: {} }, 'ready');
  process.send?.({ kind: 'ready', endpoints: {} });
}
