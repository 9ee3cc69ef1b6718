import { portRange } from './route-fields.ts';
import { int, list, map, object, rule, string, uint, withRules } from './schema.ts';
import { workloadTemplate } from './service-entry.ts';

const port = (help: string) => withRules(uint(help), portRange);
const count = (help: string) => int(help, { min: 0, max: 2 ** 31 - 1 });

const httpGet = object(
  'Healthy when a GET is answered with 200 to 399.',
  {
    port: port('Port to ask.'),
    path: string('Path to ask for.'),
    host: string('Host to connect to; absent: the address of the workload.'),
    scheme: withRules(string('HTTP or HTTPS.'), rule<string>('scheme must be one of [HTTP, HTTPS]', (scheme) => ['', 'HTTP', 'HTTPS'].includes(scheme))),
    httpHeaders: list('Headers of the request.', object('One header.', { name: string('Name of the header.', { pattern: /^[-_A-Za-z0-9]+$/, patternHelp: 'letters, digits, - and _' }), value: string('Value of the header.') })),
  },
  { required: ['port'] },
);

export const workloadGroupSpec = object(
  'Workloads that register themselves: what their entries look like, and how their health is seen.',
  {
    metadata: object('Labels and annotations of the entries.', { labels: map('Labels.', string('Value of this label.'), { maxItems: 256 }), annotations: map('Annotations.', string('Value of this annotation.'), { maxItems: 256 }) }),
    template: workloadTemplate,
    probe: object(
      'How the health of a workload is seen.',
      {
        httpGet,
        tcpSocket: object('Healthy when a connection opens.', { port: port('Port to connect to.'), host: string('Host to connect to.') }, { required: ['port'] }),
        exec: object('Healthy when a command ends with 0.', { command: list('Command and arguments.', string('A word.', { minLength: 1 })) }, { required: ['command'] }),
        grpc: object('Healthy when the gRPC health service says so.', { port: port('Port to ask.'), service: string('Service to ask for.') }),
        initialDelaySeconds: count('Seconds before the first probe.'),
        timeoutSeconds: count('Limit for one probe, seconds; 1 if absent.'),
        periodSeconds: count('Seconds between probes; 10 if absent.'),
        successThreshold: count('Good probes in a row to count as healthy; 1 if absent.'),
        failureThreshold: count('Bad probes in a row to count as unhealthy; 3 if absent.'),
      },
      { exclusive: [['httpGet', 'tcpSocket', 'exec', 'grpc']] },
    ),
  },
  { required: ['template'] },
);
