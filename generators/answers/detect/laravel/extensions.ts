import { at, finding } from '../findings.ts';
import { find, type Source } from '../source.ts';
import type { Evidence, Finding } from '../types.ts';
import { type Composer, requirementOf } from './composer.ts';
import type { Setting } from './settings.ts';

/** What every official PHP image has, and what every Laravel image of ours gets. */
const present = new Set(
  'ctype curl date dom fileinfo filter hash iconv json libxml mbstring mysqlnd opcache openssl pcntl pcre pdo pdo_sqlite phar posix random readline reflection session simplexml sodium spl sqlite3 standard tokenizer xml xmlreader xmlwriter zend_opcache zlib'.split(
    ' ',
  ),
);

/** What packages need without requiring it: they only suggest it, or there is no lockfile to look into. */
const ofPackages: Readonly<Record<string, readonly string[]>> = {
  'intervention/image': ['gd'],
  'intervention/image-laravel': ['gd'],
  'spatie/laravel-medialibrary': ['exif', 'gd'],
  'maatwebsite/excel': ['gd', 'zip'],
  'phpoffice/phpspreadsheet': ['gd', 'zip'],
  'filament/filament': ['intl', 'zip'],
  'moneyphp/money': ['bcmath', 'intl'],
  'laravel/cashier': ['intl'],
  'barryvdh/laravel-dompdf': ['gd'],
};

/** What code needs and no manifest says. */
const ofCode: readonly (readonly [RegExp, string])[] = [
  [/\bNumber::(?:format|spell|ordinal|percentage|currency|fileSize|forHumans|abbreviate)\s*\(/g, 'intl'],
  [/\b(?:imagecreate\w*|imagejpeg|imagepng|imagewebp)\s*\(/g, 'gd'],
  [/\bnew\s+\\?ZipArchive\b/g, 'zip'],
  [/\bbc(?:add|sub|mul|div|mod|pow|comp)\s*\(/g, 'bcmath'],
];

/** The extensions that packages or code ask for, beside those that are there anyway. */
export function detectExtensions(
  composer: Composer,
  sources: readonly Source[],
  database: Setting | undefined,
): Finding<string[]> | undefined {
  const found = new Map<string, Evidence>();
  const add = (name: string, evidence: Evidence) => {
    const known = name.toLowerCase().replaceAll('-', '_');
    if (!present.has(known) && !found.has(known)) found.set(known, evidence);
  };
  const { json, require, lock } = composer;
  for (const name of Object.keys(require))
    if (name.startsWith('ext-')) add(name.slice(4), at(json.path, json.line('require', name)));
  for (const one of lock?.packages ?? [])
    for (const name of Object.keys(one.require))
      if (name.startsWith('ext-'))
        add(name.slice(4), requirementOf(composer, one.name) ?? { file: lock?.path ?? json.path });
  for (const [name, extensions] of Object.entries(ofPackages)) {
    const evidence = requirementOf(composer, name);
    if (evidence) for (const extension of extensions) add(extension, evidence);
  }
  for (const [pattern, extension] of ofCode)
    for (const source of sources) for (const { file, line } of find(source, pattern)) add(extension, { file, line });
  if (database && /^(?:mysql|mariadb)$/.test(database.value)) add('pdo_mysql', database.evidence);
  const [first] = found.values();
  return first && finding([...found.keys()].sort(), first);
}
