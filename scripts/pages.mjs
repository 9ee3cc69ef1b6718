// Runs the Next.js pages as one process with an IPC channel to whoever started it.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import next from 'next';

const dir = fileURLToPath(new URL('..', import.meta.url));
const dev = process.argv.includes('--dev');
const portFlag = process.argv.indexOf('--port');
const port = portFlag === -1 ? 0 : Number(process.argv[portFlag + 1]);

let handle;
const server = createServer((request, response) => handle(request, response));
server.listen(port, '127.0.0.1', async () => {
  const bound = server.address().port;
  const app = next({ dev, dir, hostname: '127.0.0.1', port: bound, httpServer: server });
  await app.prepare();
  handle = app.getRequestHandler();
  console.log(JSON.stringify({ message: 'ready', endpoints: { pages: `http://127.0.0.1:${bound}` } }));
  process.send?.({ kind: 'ready', endpoints: { pages: `http://127.0.0.1:${bound}` } });
});
server.on('error', (error) => {
  console.error(JSON.stringify({ message: 'the pages could not be started', error: error.message }));
  process.exit(1);
});
const end = () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
  setTimeout(() => process.exit(0), 1000).unref();
};
process.on('SIGTERM', end);
process.on('SIGINT', end);
if (process.connected) process.on('disconnect', end);
