import { exportTo, workloadSelector } from './route-fields.ts';
import { list, map, object, string } from './schema.ts';
import { trafficPolicy } from './traffic-policy.ts';

export const destinationRuleSpec = object(
  'Versions of a service and how clients talk to it.',
  {
    host: string('Service by short name (in the namespace of this rule), full name, or a `*.` wildcard.'),
    trafficPolicy,
    subsets: list(
      'Named versions of the service.',
      object('One version.', { name: string('Name that routes refer to.'), labels: map('Labels of its workloads, such as version: v2.', string('Value of this label.')), trafficPolicy }, { required: ['name'] }),
    ),
    exportTo,
    workloadSelector,
  },
  { required: ['host'] },
);
