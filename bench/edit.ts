/**
 * How long it takes to edit compose files of many lines: a service, a volume and a dependency of an existing service in one
 * call, proved, beside the parsing that it cannot do without, and beside parsing and printing anew, which is what keeps
 * neither comments nor style. Prints a Markdown table. `npm run bench:edit`
 */
import { parse, stringify } from 'yaml';
import { editYaml } from '../generators/compose/edit/index.ts';
import { parseYaml } from '../generators/compose/yaml.ts';

const service = (index: number) => `  # Service ${index} does a part of the work.
  service-${index}:
    image: busybox:1.37 # pinned
    restart: unless-stopped
    logging: *logging
    environment:
      LEVEL: info
      NUMBER: "${index}"
    depends_on: [${index > 0 ? `service-${index - 1}` : ''}]
    healthcheck:
      test: ["CMD", "true"]
      interval: 10s
    volumes:
      - ./data/${index}:/data

`;

function fileOf(lines: number): string {
  const head = 'x-logging: &logging\n  driver: json-file\n\nservices:\n';
  const services = Math.round(lines / service(0).split('\n').length);
  return `${head}${Array.from({ length: services }, (_, index) => service(index)).join('')}volumes:\n  data:\n`;
}

/** The lowest and the median of seven runs, in milliseconds. */
function timeOf(work: () => unknown): string {
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return `${times[3]?.toFixed(0)} (${times[0]?.toFixed(0)})`;
}

console.log(`\nNode ${process.version}, medians of 7 runs in ms (lowest in brackets)\n`);
console.log('| lines | edit, proved | one parse | parse and print anew |\n|---|---|---|---|');
for (const lines of [100, 1_000, 10_000, 50_000]) {
  const text = fileOf(lines);
  const edit = () =>
    editYaml(
      text,
      [
        { op: 'set', path: ['services', 'cache'], value: { image: 'redis:8.2', volumes: ['cache_data:/data'] } },
        { op: 'set', path: ['volumes', 'cache_data'], value: null },
        { op: 'append', path: ['services', 'service-1', 'depends_on'], value: 'cache' },
      ],
      'compose.yaml',
    );
  const columns = [edit, () => parseYaml(text, 'compose.yaml'), () => stringify(parse(text, { maxAliasCount: -1 }))];
  console.log(`| ${text.split('\n').length - 1} | ${columns.map(timeOf).join(' | ')} |`);
}
