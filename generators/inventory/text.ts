/** An inventory for a person. */
import { sizeText } from '../rules/sizes.ts';
import type { Inventory, Placed, ServiceEntry, VolumeEntry } from './types.ts';

type Row = readonly string[];

/** The inventory as tables, one below the other; those that would be empty are left out. */
export function inventoryText(inventory: Inventory): string {
  const { name, directory, ours, others, problems } = inventory;
  const where = directory === '.' ? '' : `, in ${directory}`;
  const parts = [
    `stack ${name}${where}${ours ? '' : ' (not made by create-prodstack)'}\n`,
    list(
      'What is wrong with it, so that something may be missing here:',
      problems.map((one) => [one]),
    ),
    list(
      'apps',
      (inventory.answers?.apps ?? []).map((app) => [app.name, app.stack, app.path, usesText(app.uses)]),
    ),
    list(
      'services: what it is, image, published ports, networks, volumes',
      inventory.services.map((service) => serviceRow(service, inventory)),
    ),
    ...limitsLists(inventory),
    list('externals', externalRows(inventory)),
    list('edge', edgeRows(inventory)),
    list('backups', backupRows(inventory)),
    list(
      'volumes',
      inventory.volumes.map((volume) => [
        volume.name,
        heldIn(volume),
        volume.external ? 'stays after down -v' : 'goes with down -v',
        volume.services.join(', '),
      ]),
    ),
    list(
      'networks',
      inventory.networks.map((one) => [one.name, one.internal ? 'no way out' : '', one.services.join(', ')]),
    ),
    list('secrets (names only)', inventory.secrets.length > 0 ? [[inventory.secrets.join(', ')]] : []),
    list(
      'files',
      inventory.combinations.map(({ purpose, files }) => [purpose, files.join(' + ')]),
    ),
    list(
      'other compose projects here (--file shows them)',
      someOf(others).map((one) => [one]),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** Some repos are collections of hundreds. */
function someOf(paths: readonly string[]): readonly string[] {
  const shown = 10;
  return paths.length <= shown ? paths : [...paths.slice(0, shown), `and ${paths.length - shown} more`];
}

function heldIn({ data, holds }: VolumeEntry): string {
  if (data === undefined) return '';
  if (!data) return 'can be made again';
  return holds === undefined ? 'data' : `data: ${holds}`;
}

function usesText(uses: readonly string[]): string {
  return uses.length === 0 ? '' : `uses ${uses.join(', ')}`;
}

/** Name, role, image, what it publishes where, networks, volumes. */
function serviceRow(service: ServiceEntry, { combinations }: Inventory): Row {
  const { name, role, kind, image, build, profiles, networks, volumes } = service;
  const made = build === undefined ? (image ?? '') : `built from ${build}`;
  const published = combinations.flatMap(({ name: combination, purpose }): readonly string[] => {
    const ports = service.in[combination]?.ports ?? [];
    return purpose === 'base' && combinations.length > 1 ? [] : ports.map((port) => `${port} (${purpose})`);
  });
  return [
    name,
    role ?? kind ?? '',
    made,
    [...new Set(published)].join(', '),
    networks.join(', '),
    volumes.map(({ volume }) => volume).join(', '),
    profiles.length > 0 ? `profile ${profiles.join(', ')}` : '',
  ];
}

/** A table for each combination that limits something; one that says the same as another one is left out. */
function limitsLists({ combinations, services }: Inventory): readonly string[] {
  const seen = new Set<string>();
  return combinations.flatMap(({ name: combination, files }) => {
    const limited = services.flatMap((service): readonly Row[] => {
      const row = limitsRow(service.in[combination]);
      return row === undefined ? [] : [[service.name, row]];
    });
    const key = JSON.stringify(limited);
    if (limited.length === 0 || seen.has(key)) return [];
    seen.add(key);
    return [list(`limits with ${files.join(' + ')}: cores / memory`, limited)];
  });
}

function limitsRow({ cpus, memory }: Placed = { ports: [] }): string | undefined {
  if (cpus === undefined && memory === undefined) return undefined;
  return `${cpus ?? 'no limit'} / ${memory === undefined ? 'no limit' : sizeText(memory)}`;
}

function externalRows({ answers }: Inventory): readonly Row[] {
  return (answers?.externals ?? []).map(({ name, mode, provider }) => [name, mode, provider ?? '']);
}

function edgeRows({ answers }: Inventory): readonly Row[] {
  const { edge } = answers ?? {};
  return edge ? Object.entries(edge.hostnames).map(([app, hosts]) => [edge.kind, app, hosts.join(', ')]) : [];
}

function backupRows({ answers }: Inventory): readonly Row[] {
  const { backup } = answers ?? {};
  if (!backup) return [];
  const { engine, to, at, timezone, drill } = backup;
  return [[engine, `to ${to}`, `at ${at} ${timezone}`, `restored for a test: ${drill}`]];
}

/** A heading and aligned rows; nothing where there are none. */
function list(title: string, entries: readonly Row[]): string {
  if (entries.length === 0) return '';
  // A name of somebody's with a line end in it would be a row of its own.
  const rows = entries.map((row) => row.map((cell) => cell.replaceAll(/\p{Cc}+/gu, ' ')));
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => ((widths[column] ?? 0) === 0 ? '' : `${cell.padEnd(widths[column] ?? 0)}  `))
      .join('')
      .trimEnd(),
  );
  return `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}
