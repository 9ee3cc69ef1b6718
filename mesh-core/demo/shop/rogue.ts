// Keeps trying to reach the inventory, which only the catalog may; the mesh refuses it every time.
import { callService } from './call-service.ts';
import { endWithParent } from './end-with-parent.ts';

const EVERY_MS = 1000;
let refused = 0;
let served = 0;
const attempt = async (): Promise<void> => {
  const answer = await callService({}, { host: 'inventory', path: '/stock/all' });
  if (answer.status === 200) served++;
  else refused++;
  if ((refused + served) % 60 === 1) console.log(JSON.stringify({ message: 'attempts on the inventory', refused, served, last: answer.body }));
};
const timer = setInterval(() => void attempt(), EVERY_MS);
const end = (): void => {
  clearInterval(timer);
  process.exit(0);
};
process.on('SIGTERM', end);
process.on('SIGINT', end);
endWithParent(end);
