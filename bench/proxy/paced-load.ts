import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** Sends 1,000 requests/s over 32 kept connections to a port and prints the quantiles of their latency: `node paced-load.ts PORT SECONDS`. */
const [port = 0, seconds = 5] = process.argv.slice(2).map(Number);
const RATE = 1000;
const CONNECTIONS = 32;
const REQUEST = 'GET /catalog/items?page=2 HTTP/1.1\r\nHost: web\r\n\r\n';
const WARM_UP = RATE;

const idle: Socket[] = [];
const due: number[] = [];
const latencies: number[] = [];
let answered = 0;

for (let i = 0; i < CONNECTIONS; i++) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise((resolve) => socket.once('connect', resolve));
  let text = '';
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    const head = text.indexOf('\r\n\r\n');
    const length = /content-length: (\d+)/i.exec(text)?.[1];
    if (head < 0 || length === undefined || text.length < head + 4 + Number(length)) return;
    if (!text.startsWith('HTTP/1.1 200')) throw new Error(text);
    text = '';
    if (++answered > WARM_UP) latencies.push(performance.now() - (sentAt.get(socket) ?? 0));
    idle.push(socket);
    pump();
  });
  idle.push(socket);
}
const sentAt = new Map<Socket, number>();

function pump(): void {
  while (due.length > 0) {
    const socket = idle.pop();
    if (socket === undefined) return;
    sentAt.set(socket, due.shift() ?? 0);
    socket.write(REQUEST);
  }
}

const startedAt = performance.now();
let sent = 0;
const total = RATE * seconds + WARM_UP;
const timer = setInterval(() => {
  for (const now = performance.now(); sent < total && startedAt + (sent * 1000) / RATE <= now; sent++) due.push(startedAt + (sent * 1000) / RATE);
  pump();
  if (answered < total) return;
  clearInterval(timer);
  latencies.sort((a, b) => a - b);
  console.log(JSON.stringify({ p50Ms: latencies[Math.floor(latencies.length * 0.5)], p99Ms: latencies[Math.floor(latencies.length * 0.99)] }));
  process.exit(0);
}, 1);
