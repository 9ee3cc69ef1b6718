// The shop's front: a page for people, and the API that the load generator uses.
import { callService } from './call-service.ts';
import { noSuchPath, serveShop, stamped, type ShopAnswer, type ShopRequest } from './shop-server.ts';

const PAGE = `<!doctype html><meta charset="utf-8"><title>The shop</title>
<body style="font:15px system-ui;max-width:40rem;margin:2rem auto;padding:0 1rem"><h1>The shop</h1>
<p>Every reload goes gateway → ui → catalog → inventory through the mesh.</p><pre id="out">loading …</pre>
<script>fetch('/api/products').then(r=>r.json()).then(j=>{out.textContent=JSON.stringify(j,null,2)})</script>`;

/** Hands another service's answer on, saying who gave it. */
async function relay(request: ShopRequest, host: string, path: string, method = request.method): Promise<ShopAnswer> {
  const answer = await callService(request.headers, { host, path, method, ...(request.body === undefined ? {} : { body: request.body }) });
  return { status: answer.status, ...stamped({ upstream: answer.body }) };
}

serveShop((request) => {
  const { path } = request;
  if (path === '/') return { body: PAGE, contentType: 'text/html; charset=utf-8' };
  if (path === '/api/products' || path.startsWith('/api/products/')) return relay(request, 'catalog', path.slice('/api'.length));
  if (path === '/api/cart' || path === '/api/cart/items') return relay(request, 'cart', path.slice('/api'.length));
  if (path === '/api/checkout') return relay(request, 'cart', '/checkout', 'POST');
  if (path === '/api/claims') return relay(request, 'claims', '/claims', 'GET');
  return noSuchPath(path);
});
