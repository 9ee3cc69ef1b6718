/** `sidecar~127.0.0.1~catalog-v1-0.shop~shop.svc.cluster.local` → `catalog-v1-0.shop`; other ids stay. */
export function proxyName(proxyId: string): string {
  const parts = proxyId.split('~');
  return parts.length === 4 ? (parts[2] ?? proxyId) : proxyId;
}
