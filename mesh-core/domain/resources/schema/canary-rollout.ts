import { bool, int, list, map, number, object, oneOf, string } from './schema.ts';

const arm = (help: string) =>
  object(
    help,
    { subset: string('Subset name in the DestinationRule.'), labels: map('Labels of its workloads, such as version: v2.', string('Value of this label.'), { minItems: 1 }) },
    { required: ['subset', 'labels'] },
  );
const seconds = (help: string) => int(help, { min: 0, max: 7 * 86_400 });

export const canaryRolloutSpec = object(
  'Moves traffic of a service to a new version step by step, and back by itself if the version is worse.',
  {
    host: string('Service by short name (in this namespace) or full name.'),
    stable: arm('The version that serves now.'),
    canary: arm('The version that is tried.'),
    virtualService: string('VirtualService to edit; absent: one is made.'),
    routeName: string('Name of its http rule; absent: the only one.'),
    destinationRule: string('DestinationRule to use; absent: one is made.'),
    steps: list(
      'Shares of the canary, rising.',
      object(
        'One step.',
        {
          weight: number('Share of the canary, percent, above 0 up to 100.'),
          minSeconds: seconds('Least time at this share, seconds.'),
          maxSeconds: seconds('After this many seconds without a verdict, onInconclusive applies; absent: 10 times minSeconds.'),
        },
        { required: ['weight', 'minSeconds'] },
      ),
      { minItems: 1, maxItems: 50 },
    ),
    analysis: object(
      'How the two versions are compared.',
      {
        intervalSeconds: int('Seconds between judgements.', { min: 1, max: 3600 }),
        alpha: number('Chance to abort a good canary, above 0 below 1; 0.01 is usual.'),
        beta: number('Chance to call a bad canary good, above 0 below 1; 0.05 is usual.'),
        errors: object(
          'The error test.',
          { floor: number('Error share that is harmless, 0 to 1.', { min: 0, max: 1 }), maxRatio: number('How many times the error share of stable is still good, 1 or more.') },
          { required: ['floor', 'maxRatio'] },
        ),
        latency: object(
          'The latency test.',
          {
            edgesMs: list('Bucket edges in milliseconds, rising; slower than one of them counts as slow there.', number('Milliseconds.'), { minItems: 1, maxItems: 4 }),
            maxRatio: number('How many times the slow share of stable is still good, 1 or more.'),
            floor: number('Slow share that is harmless, 0 to 1.', { min: 0, max: 1 }),
          },
          { required: ['edgesMs', 'maxRatio', 'floor'] },
        ),
        onInconclusive: oneOf('What happens when a step ends without a verdict.', { hold: 'Stay and wait for a person.', promote: 'Go on.', abort: 'Go back.' }),
      },
      { required: ['intervalSeconds', 'alpha', 'beta', 'errors', 'onInconclusive'] },
    ),
    paused: bool('Freeze the rollout at its present share.'),
  },
  { required: ['host', 'stable', 'canary', 'steps', 'analysis'] },
);
