// A scrape target in a process of its own: `node exposition-target.ts PORT SERIES`. Counts the scrapes of each path apart.
import { createServer } from 'node:http';
import { ExpositionPage } from './exposition-page.ts';
import { bucketSeries, requestSeries } from './series.ts';

const [port = 0, count = 0] = process.argv.slice(2).map(Number);
const half = Math.floor(count / 2);
const page = new ExpositionPage([...requestSeries(half), ...bucketSeries(count - half)]);
const scrapes = new Map<string, number>();

createServer((request, response) => {
  const path = request.url ?? '/';
  if (path === '/counts') {
    response.end(JSON.stringify(Object.fromEntries(scrapes)));
    return;
  }
  const scrape = (scrapes.get(path) ?? 0) + 1;
  scrapes.set(path, scrape);
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'content-length': page.size });
  // A copy: the other system may be reading its page while this one is made.
  response.end(Buffer.from(page.at(scrape)));
}).listen(port, '127.0.0.1', () => process.send?.('ready'));
