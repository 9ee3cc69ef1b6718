// The console's server: `node server/main.ts --help`.
import { createLogger } from '#mesh-core/runtime/logger.ts';
import { Shutdown } from '#mesh-core/runtime/shutdown.ts';
import { ServerError } from './server-error.ts';
import { parseServerOptions, SERVER_HELP } from './server-options.ts';
import { startServer } from './start-server.ts';

const log = createLogger('server');
const parsed = parseServerOptions(process.argv.slice(2));
if (parsed.kind === 'help') {
  console.log(SERVER_HELP);
} else if (parsed.kind === 'error') {
  console.error(parsed.message);
  process.exitCode = 1;
} else {
  const shutdown = new Shutdown(log);
  try {
    const endpoints = await startServer(parsed.options, shutdown, log);
    shutdown.listen();
    log.info({ endpoints }, 'ready');
    process.send?.({ kind: 'ready', endpoints });
  } catch (error) {
    const hint = error instanceof ServerError && error.hint !== undefined ? ` ${error.hint}` : '';
    log.error({ error: `${error instanceof Error ? error.message : String(error)}${hint}` }, 'the server could not be started');
    await shutdown.run();
    process.exit(1);
  }
}
