import type { Destination, VirtualService } from '../networking.ts';

/** A destination of a VirtualService with its place. */
export interface PlacedDestination {
  readonly destination: Destination;
  /** Field names and indexes down to the destination. */
  readonly steps: readonly (string | number)[];
  readonly mirror: boolean;
}

/** Where a VirtualService sends requests (tcp, tls, then http routes, as Istio lists them), then where it copies them to. */
export function routeDestinations({ spec }: VirtualService): PlacedDestination[] {
  const routes = (['tcp', 'tls', 'http'] as const).flatMap((protocol) =>
    (spec?.[protocol] ?? []).flatMap(({ route = [] }, index) => route.map(({ destination }, routeIndex) => ({ destination, steps: ['spec', protocol, index, 'route', routeIndex, 'destination'], mirror: false }))),
  );
  const mirrors = (spec?.http ?? []).flatMap(({ mirror, mirrors: several = [] }, index) => [
    ...(mirror === undefined ? [] : [{ destination: mirror, steps: ['spec', 'http', index, 'mirror'], mirror: true }]),
    ...several.map(({ destination }, mirrorIndex) => ({ destination, steps: ['spec', 'http', index, 'mirrors', mirrorIndex, 'destination'], mirror: true })),
  ]);
  // Safe to doubt: analysis also looks at objects that validation would refuse.
  return [...routes, ...mirrors].filter(({ destination }) => (destination as Destination | undefined) !== undefined);
}

/** A path of field names and indexes as text: `spec.http[0].route[0].destination`. */
export function pathText(steps: readonly (string | number)[]): string {
  return steps.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}
