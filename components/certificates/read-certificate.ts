import type { CertificateCondition } from '#components/status/status.ts';
import type { HeldCertificate } from '#server/proxies/schemas.ts';

/** Holders renew within one per cent of the due time; after a tenth of the life more, something keeps them from it. */
const LATE_SHARE = 0.1;

/** How a certificate is doing at `nowMs` (Unix ms; 0 = not known yet, then time is not judged). */
export function certificateCondition({ notBefore, notAfter, nextRotation, proxies, revokedAt }: Pick<HeldCertificate, 'notBefore' | 'notAfter' | 'nextRotation' | 'proxies' | 'revokedAt'>, nowMs: number): CertificateCondition {
  if (revokedAt !== undefined) return 'revoked';
  const [from, to, due] = [Date.parse(notBefore), Date.parse(notAfter), Date.parse(nextRotation)];
  if (nowMs > 0 && to <= nowMs) return 'ended';
  // Nobody is there to renew it.
  if (proxies.length === 0) return 'unused';
  return nowMs > 0 && nowMs > due + (to - from) * LATE_SHARE ? 'overdue' : 'valid';
}

/** How much of a life is over at `nowMs`, 0 to 1. */
export function shareOfLife(notBefore: string, notAfter: string, nowMs: number): number {
  const [from, to] = [Date.parse(notBefore), Date.parse(notAfter)];
  return to <= from ? 1 : Math.min(1, Math.max(0, (nowMs - from) / (to - from)));
}

/** `spiffe://cluster.local/ns/shop/sa/catalog` → its parts; undefined for an identity of another form. */
export function identityParts(spiffeId: string): { readonly trustDomain: string; readonly namespace: string; readonly serviceAccount: string } | undefined {
  const [, trustDomain, namespace, serviceAccount] = /^spiffe:\/\/([^/]+)\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(spiffeId) ?? [];
  return trustDomain === undefined || namespace === undefined || serviceAccount === undefined ? undefined : { trustDomain, namespace, serviceAccount };
}

/** The first digits of a fingerprint or serial number: enough to tell two apart. */
export function shortDigits(hex: string): string {
  return hex.slice(0, 12);
}

/** The earliest of some RFC 3339 times; undefined for none. */
export function earliest(times: readonly string[]): string | undefined {
  return times.reduce<string | undefined>((first, time) => (first === undefined || Date.parse(time) < Date.parse(first) ? time : first), undefined);
}
