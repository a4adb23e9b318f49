import { chmodSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readYaml } from '../../../generators/compose/yaml.ts';
import { type Ended, madeRepo, type Repo, removeFolders } from '../../support/repo.ts';
import { readTree } from '../../support/tree.ts';

let made: Repo;
beforeAll(async () => {
  made = await madeRepo(['--preset', 'node', '--set', 'name=shop']);
});
afterAll(removeFolders);

/** What older templates wrote in compose.yaml: another image of Postgres, and fewer seconds. */
const olderImage = (repo: Repo): void =>
  repo.older('compose.yaml', (text) => text.replaceAll('postgres:18.6-trixie', 'postgres:18.1-trixie'));

interface Case {
  readonly what: string;
  /** What older templates wrote, and what the user did since. */
  readonly before: (repo: Repo) => void;
  readonly argv?: readonly string[];
  readonly code?: number;
  readonly shows: (repo: Repo, ended: Ended) => void;
  /** Whether the next run has something to do. */
  readonly again?: 'nothing' | 'the same';
}

const nothing = 'Nothing to do';

const cases: readonly Case[] = [
  {
    what: 'a file that nobody touched moves on',
    before: olderImage,
    shows: (repo, { out }) => {
      expect(repo.read('compose.yaml')).toBe(made.read('compose.yaml'));
      expect(out).toMatch(/update {4}644 compose\.yaml/);
    },
  },
  {
    what: 'a file that only the user changed stays',
    before: (repo) => repo.edit('compose.yaml', (text) => text.replace('shm_size: "', 'shm_size: "mine-')),
    shows: (repo, { out }) => {
      expect(repo.read('compose.yaml')).toContain('mine-');
      expect(out).toContain(nothing);
    },
  },
  {
    what: 'changes in other lines of a file go together',
    before: (repo) => {
      olderImage(repo);
      repo.edit('compose.yaml', (text) => text.replace('BACKUP_AT: "02:00"', 'BACKUP_AT: "04:30"  # after the import'));
    },
    shows: (repo, { out }) => {
      expect(repo.read('compose.yaml')).toBe(
        made.read('compose.yaml').replace('BACKUP_AT: "02:00"', 'BACKUP_AT: "04:30"  # after the import'),
      );
      expect(out).toMatch(/merge {5}644 compose\.yaml/);
    },
  },
  {
    what: 'changes in neighbouring lines of YAML go together by what they say',
    before: (repo) => {
      repo.older('compose.yaml', (text) => text.replace('BACKUP_KEEP_DAILY: "7"', 'BACKUP_KEEP_DAILY: "5"'));
      repo.edit('compose.yaml', (text) => text.replace('BACKUP_TIMEZONE: UTC', 'BACKUP_TIMEZONE: Europe/Berlin'));
    },
    shows: (repo) =>
      expect(repo.read('compose.yaml')).toBe(
        made.read('compose.yaml').replace('BACKUP_TIMEZONE: UTC', 'BACKUP_TIMEZONE: Europe/Berlin'),
      ),
  },
  {
    what: 'services that the user and we add at one place are both there',
    before: (repo) => {
      repo.older('compose.yaml', (text) => text.replace(/\n {2}redis:\n(?: {4}.*\n)+/, '\n'));
      repo.edit('compose.yaml', (text) =>
        text.replace(/(\n {2}# Backs up)/, '\n  # Mine, and the reason why.\n  search:\n    image: opensearch:2\n$1'),
      );
    },
    shows: (repo) => {
      const text = repo.read('compose.yaml');
      expect(Object.keys((readYaml(text, '') as { services: object }).services)).toEqual(
        expect.arrayContaining(['app', 'postgres', 'redis', 'search', 'backup']),
      );
      expect(text).toContain('  # Mine, and the reason why.\n  search:');
    },
  },
  {
    what: 'the same line changed on both sides is a conflict, which leaves the file alone and puts ours beside',
    before: (repo) => {
      olderImage(repo);
      repo.edit('compose.yaml', (text) => text.replaceAll('postgres:18.1-trixie', 'postgis/postgis:18-3.6'));
    },
    code: 1,
    again: 'the same',
    shows: (repo, { said }) => {
      expect(repo.read('compose.yaml')).toContain('postgis/postgis:18-3.6');
      expect(repo.read('compose.yaml')).not.toContain('<<<<<<<');
      expect(repo.read('compose.yaml.prodstack-new')).toBe(made.read('compose.yaml'));
      expect(said).toContain('compose.yaml: both changed services.postgres.image, services.postgres-setup.image');
      expect(said).toContain('--on-conflict keep');
    },
  },
  {
    what: 'markers are put in only when they are asked for',
    before: (repo) => {
      repo.older('scripts/verify', (text) => text.replace('set -Eeuo pipefail', 'set -eu'));
      repo.edit('scripts/verify', (text) => text.replace('set -eu', 'set -eux'));
    },
    argv: ['--on-conflict', 'markers'],
    code: 1,
    again: 'the same',
    shows: (repo, { said }) => {
      expect(repo.read('scripts/verify')).toContain(
        '<<<<<<< yours\nset -eux\n||||||| before\nset -eu\n=======\nset -Eeuo pipefail\n>>>>>>> create-prodstack\n',
      );
      expect(said).toContain('markers');
    },
  },
  {
    what: 'with keep the file of the user stands, and nobody asks again',
    before: (repo) => {
      olderImage(repo);
      repo.edit('compose.yaml', (text) => text.replaceAll('postgres:18.1-trixie', 'postgis/postgis:18-3.6'));
    },
    argv: ['--on-conflict', 'keep'],
    shows: (repo) => {
      expect(repo.read('compose.yaml')).toContain('postgis/postgis:18-3.6');
      expect(repo.has('compose.yaml.prodstack-new')).toBe(false);
    },
  },
  {
    what: 'with overwrite ours stands',
    before: (repo) => {
      olderImage(repo);
      repo.edit('compose.yaml', (text) => text.replaceAll('postgres:18.1-trixie', 'postgis/postgis:18-3.6'));
    },
    argv: ['--on-conflict', 'overwrite'],
    shows: (repo) => expect(repo.read('compose.yaml')).toBe(made.read('compose.yaml')),
  },
  {
    what: 'with fail nothing at all is written',
    before: (repo) => {
      olderImage(repo);
      repo.older('Dockerfile', (text) => `${text}# old\n`);
      repo.edit('compose.yaml', (text) => text.replaceAll('postgres:18.1-trixie', 'postgis/postgis:18-3.6'));
    },
    argv: ['--on-conflict', 'fail'],
    code: 1,
    again: 'the same',
    shows: (repo, { said }) => {
      expect(repo.read('Dockerfile')).toMatch(/# old\n$/);
      expect(said).toContain('nothing was written');
    },
  },
  {
    what: 'the same change on both sides is none',
    before: (repo) => {
      const ours = repo.read('compose.yaml');
      olderImage(repo);
      repo.write('compose.yaml', ours);
    },
    shows: (repo, { out }) => {
      expect(repo.read('compose.yaml')).toBe(made.read('compose.yaml'));
      expect(out).not.toMatch(/ compose\.yaml/);
    },
  },
  {
    what: 'a file that the user deleted stays deleted, and that is said once',
    before: (repo) => {
      repo.older('scripts/restore-drill', (text) => `${text}# old\n`);
      repo.remove('scripts/restore-drill');
    },
    shows: (repo, { out }) => {
      expect(repo.has('scripts/restore-drill')).toBe(false);
      expect(out).toContain('scripts/restore-drill: deleted by you, and stays so; --restore scripts/restore-drill');
    },
  },
  {
    what: 'what was deleted comes back when it is named',
    before: (repo) => repo.remove('scripts/restore-drill'),
    argv: ['--restore', 'scripts/restore-drill'],
    shows: (repo) => {
      expect(repo.read('scripts/restore-drill')).toBe(made.read('scripts/restore-drill'));
      expect(repo.mode('scripts/restore-drill')).toBe(0o755);
    },
  },
  {
    what: 'a name to restore that was not deleted is refused',
    before: (repo) => repo.remove('scripts/restore-drill'),
    argv: ['--restore', 'scripts/restor'],
    code: 2,
    shows: (_, { said }) => expect(said).toContain('It can be: scripts/restore-drill'),
  },
  {
    what: 'a file that the user moved is followed there',
    before: (repo) => {
      repo.older('docs/DEPLOYMENT.md', (text) => text.replace(/^# .*/, '# Old title'));
      mkdirSync(repo.path('handbook'));
      renameSync(repo.path('docs/DEPLOYMENT.md'), repo.path('handbook/DEPLOYMENT.md'));
      repo.edit('handbook/DEPLOYMENT.md', (text) => `${text}\nOn call: Ada.\n`);
    },
    shows: (repo, { out }) => {
      expect(repo.has('docs/DEPLOYMENT.md')).toBe(false);
      expect(repo.read('handbook/DEPLOYMENT.md')).toBe(`${made.read('docs/DEPLOYMENT.md')}\nOn call: Ada.\n`);
      expect(out).toContain('handbook/DEPLOYMENT.md: followed from docs/DEPLOYMENT.md');
    },
  },
  {
    what: 'another file of the same name is not taken for one that was deleted',
    before: (repo) => {
      repo.older('docs/DEPLOYMENT.md', (text) => `${text}old\n`);
      repo.remove('docs/DEPLOYMENT.md');
      mkdirSync(repo.path('wiki'));
      repo.write('wiki/DEPLOYMENT.md', '# How we deploy something else\n\nBy hand.\n');
    },
    shows: (repo) => {
      expect(repo.read('wiki/DEPLOYMENT.md')).toBe('# How we deploy something else\n\nBy hand.\n');
      expect(repo.has('docs/DEPLOYMENT.md')).toBe(false);
    },
  },
  {
    what: 'CRLF line ends and a byte order mark stay, and are no edit',
    before: (repo) => {
      olderImage(repo);
      repo.edit('compose.yaml', (text) => `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    },
    shows: (repo) =>
      expect(repo.read('compose.yaml')).toBe(`\uFEFF${made.read('compose.yaml').replaceAll('\n', '\r\n')}`),
  },
  {
    what: 'CRLF line ends stay in a merge, too, and so does a last line without an end',
    before: (repo) => {
      olderImage(repo);
      repo.edit('compose.yaml', (text) => `${text}# the end`.replaceAll('\n', '\r\n'));
    },
    shows: (repo) =>
      expect(repo.read('compose.yaml')).toBe(`${made.read('compose.yaml')}# the end`.replaceAll('\n', '\r\n')),
  },
  {
    what: 'a mode that the user gave stays, through a change of ours',
    before: (repo) => {
      repo.older('scripts/verify', (text) => `${text}# old\n`);
      repo.older('compose.yaml', (text) => `${text}# old\n`);
      chmodSync(repo.path('scripts/verify'), 0o644);
      chmodSync(repo.path('compose.yaml'), 0o640);
    },
    shows: (repo) => {
      expect(repo.read('scripts/verify')).toBe(made.read('scripts/verify'));
      expect(repo.mode('scripts/verify')).toBe(0o644);
      expect(repo.mode('compose.yaml')).toBe(0o640);
    },
  },
  {
    what: 'a mode that is new with us is applied',
    before: (repo) => {
      repo.rewriteBaseline((record) => {
        const { 'scripts/verify': _gone, ...modes } = record.modes;
        return { ...record, modes };
      });
      chmodSync(repo.path('scripts/verify'), 0o644);
    },
    shows: (repo) => expect(repo.mode('scripts/verify')).toBe(0o755),
  },
  {
    what: 'a file that is new with us and that the user has already is a conflict without a base',
    before: (repo) => {
      repo.rewriteBaseline((record) => {
        const { 'docs/DEPLOYMENT.md': _gone, ...files } = record.files;
        return { ...record, files };
      });
      repo.write('docs/DEPLOYMENT.md', '# How we deploy\n\nWith care.\n');
    },
    code: 1,
    again: 'the same',
    shows: (repo) => {
      expect(repo.read('docs/DEPLOYMENT.md')).toBe('# How we deploy\n\nWith care.\n');
      expect(repo.read('docs/DEPLOYMENT.md.prodstack-new')).toBe(made.read('docs/DEPLOYMENT.md'));
    },
  },
  {
    what: 'markers without a base keep every line of both',
    before: (repo) => {
      repo.rewriteBaseline((record) => {
        const { 'docs/DEPLOYMENT.md': _gone, ...files } = record.files;
        return { ...record, files };
      });
      repo.write('docs/DEPLOYMENT.md', '# How we deploy\n\nWith care.\n');
    },
    argv: ['--on-conflict', 'markers'],
    code: 1,
    again: 'the same',
    shows: (repo) => {
      const lines = repo.read('docs/DEPLOYMENT.md').split('\n');
      expect(lines).toEqual(expect.arrayContaining(['# How we deploy', 'With care.']));
      expect(lines).toEqual(expect.arrayContaining(made.read('docs/DEPLOYMENT.md').split('\n')));
    },
  },
  {
    what: 'a file that is no longer part of the stack goes where nobody touched it, with its folder',
    before: (repo) => {
      mkdirSync(repo.path('docker/former'));
      repo.write('docker/former/former.conf', 'a\n');
      repo.rewriteBaseline((record) => ({
        ...record,
        files: { ...record.files, 'docker/former/former.conf': 'a\n' },
      }));
    },
    shows: (repo, { out }) => {
      expect(repo.has('docker/former')).toBe(false);
      expect(out).toMatch(/delete {4}644 docker\/former\/former\.conf/);
    },
  },
  {
    what: 'one that the user changed is left, and named once',
    before: (repo) => {
      repo.write('docker/former.conf', 'a\nmine\n');
      repo.rewriteBaseline((record) => ({ ...record, files: { ...record.files, 'docker/former.conf': 'a\n' } }));
    },
    shows: (repo, { out }) => {
      expect(repo.read('docker/former.conf')).toBe('a\nmine\n');
      expect(out).toContain('docker/former.conf: no longer part of the stack');
    },
  },
  {
    what: 'two versions ahead is one step',
    before: (repo) => {
      repo.older('compose.yaml', (text) =>
        text
          .replaceAll('postgres:18.6-trixie', 'postgres:18.0-trixie')
          .replace('BACKUP_DRILL: weekly', 'BACKUP_DRILL: never')
          .replace(/\n {4}# Parallel queries[^\n]*\n {4}shm_size[^\n]*/, ''),
      );
      repo.edit('compose.yaml', (text) => text.replace('PORT: "3000"', 'PORT: "3000"\n      MINE: "1"'));
    },
    shows: (repo) =>
      expect(repo.read('compose.yaml')).toBe(
        made.read('compose.yaml').replace('PORT: "3000"', 'PORT: "3000"\n      MINE: "1"'),
      ),
  },
  {
    what: 'a section of the README that the user took out stays out, and other text around it stays',
    before: (repo) => repo.write('README.md', '# Shop\n\nMine.\n'),
    shows: (repo) => expect(repo.read('README.md')).toBe('# Shop\n\nMine.\n'),
  },
  {
    what: 'an edit of the user in our section of the README stays, through a change of ours',
    before: (repo) => {
      const older = (text: string) => text.replace('To develop, with', 'To develop as of old, with');
      repo.edit('README.md', older);
      repo.rewriteBaseline((record) => ({
        ...record,
        parts: { ...record.parts, 'README.md': older(record.parts['README.md'] ?? '') },
      }));
      repo.edit('README.md', (text) => text.replace('<!-- prodstack: end -->', 'Ask Ada.\n<!-- prodstack: end -->'));
      repo.edit('README.md', (text) => `# The shop\n${text}`);
    },
    shows: (repo) =>
      expect(repo.read('README.md')).toBe(
        `# The shop\n${made.read('README.md').replace('<!-- prodstack: end -->', 'Ask Ada.\n<!-- prodstack: end -->')}`,
      ),
  },
  {
    what: 'a pattern that the user took out of .gitignore stays out',
    before: (repo) => repo.edit('.gitignore', (text) => text.replace('/app.env\n', '')),
    shows: (repo) => expect(repo.read('.gitignore')).not.toContain('/app.env'),
  },
  {
    what: 'secrets stay as they are, and what .env lacks is added',
    before: (repo) => {
      repo.edit('.env', (text) => text.replace(/^REDIS_PASSWORD=.*\n/m, ''));
      repo.edit('.env', (text) => `${text}MINE=1\n`);
    },
    shows: (repo) => {
      const value = (name: string, text: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1];
      expect(value('POSTGRES_PASSWORD', repo.read('.env'))).toBe(value('POSTGRES_PASSWORD', made.read('.env')));
      expect(value('REDIS_PASSWORD', repo.read('.env'))).toMatch(/^[0-9a-f]{48}$/);
      expect(value('MINE', repo.read('.env'))).toBe('1');
    },
  },
  {
    what: 'in a fresh clone, which has no .env, none is made: its passwords would be others than those of the data',
    before: (repo) => {
      olderImage(repo);
      repo.remove('.env');
    },
    shows: (repo) => {
      expect(repo.has('.env')).toBe(false);
      expect(repo.read('compose.yaml')).toBe(made.read('compose.yaml'));
    },
  },
  {
    what: 'YAML of the user that cannot be read is named, and left',
    before: (repo) => {
      olderImage(repo);
      repo.edit('compose.yaml', (text) => `${text}\tbroken: [\n`);
    },
    code: 1,
    again: 'the same',
    shows: (repo, { said }) => {
      expect(repo.read('compose.yaml')).toContain('\tbroken: [');
      expect(said).toContain('compose.yaml: cannot be read');
    },
  },
  {
    what: 'a file with conflict markers of git is left until these are settled',
    before: (repo) => {
      repo.older('Dockerfile', (text) => `${text}# old\n`);
      repo.edit('Dockerfile', (text) => `${text}<<<<<<< HEAD\n# a\n=======\n# b\n>>>>>>> topic\n`);
    },
    code: 1,
    again: 'the same',
    shows: (_, { said }) => expect(said).toContain('Dockerfile: has conflict markers in it'),
  },
  {
    what: 'what a merge leaves without something that it needs is said',
    before: (repo) => {
      repo.older('compose.yaml', (text) =>
        text.replace('      redis: { condition: service_healthy }\n', '').replaceAll('redis:8.10', 'redis:8.2'),
      );
      repo.edit('compose.yaml', (text) => text.replace(/\n {2}redis:\n(?: {4}.*\n)+/, ''));
    },
    shows: (repo, { out }) => {
      expect(repo.read('compose.yaml')).not.toContain('\n  redis:\n');
      expect(out).toContain('compose.yaml: app depends on redis, which is no service any more');
    },
  },
  {
    what: 'a service that the user took out stays out when it changes with us',
    before: (repo) => {
      olderImage(repo);
      repo.older('compose.yaml', (text) => text.replace('BACKUP_DRILL: weekly', 'BACKUP_DRILL: never'));
      repo.edit('compose.yaml', (text) => text.replace(/\n {2}# Backs up[^\n]*\n {2}backup:\n(?: {4}.*\n)+/, ''));
    },
    shows: (repo, { out }) => {
      expect(repo.read('compose.yaml')).not.toContain('BACKUP_DRILL');
      expect(repo.read('compose.yaml')).toContain('postgres:18.6-trixie');
      expect(out).toContain('services.backup: you took it away, and it stays so');
    },
  },
];

/** All files with their times, so that a write shows that changes nothing. */
function stamps(repo: Repo): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.keys(filesOf(repo)).map((file) => [file, statSync(repo.path(file)).mtimeMs]));
}

function filesOf(repo: Repo): Readonly<Record<string, string>> {
  return readTree(repo.root);
}

describe('an update', () => {
  it.each(cases)('$what', async ({ before, argv = [], code = 0, shows, again = 'nothing' }) => {
    const repo = made.copy();
    before(repo);
    const ended = await repo.update(argv);
    expect(ended).toMatchObject({ code });
    shows(repo, ended);
    if (code === 2) return;
    const [files, times] = [filesOf(repo), stamps(repo)];
    const policy = argv[0] === '--on-conflict' ? argv : [];
    const next = await repo.update(policy);
    expect(next.code).toBe(again === 'nothing' ? 0 : 1);
    expect(next.out).toContain(again === 'nothing' ? nothing : 'conflict');
    expect(next.out).not.toContain('Note:');
    expect(filesOf(repo)).toEqual(files);
    expect(stamps(repo)).toEqual(times);
  });
});

describe('what the user changed of a service that goes', { timeout: 60_000 }, () => {
  it('is a conflict where it is a setting, and what Compose makes of the rest is said until it is settled', async () => {
    const repo = await madeRepo(['--preset', 'node', '--set', 'name=shop']);
    repo.edit('compose.prod.yaml', (text) => text.replace(/"\$\{REDIS_MEMORY_LIMIT:-\w+\}"/, '300M'));
    const says = 'compose.prod.yaml: redis has neither an image nor a build in any file';
    const removed = await repo.run('remove', ['redis', '--disconnect']);
    expect(removed).toMatchObject({ code: 1, out: expect.stringContaining(says) });
    expect(await repo.update()).toMatchObject({ code: 1, out: expect.stringContaining(says) });
    const keeping = repo.copy();
    for (const argv of [['--on-conflict', 'keep'], [], ['--set', 'restart=always']])
      expect(await keeping.update(argv)).toMatchObject({ code: 0, out: expect.stringContaining(says) });
    keeping.write('compose.mine.yaml', 'services: { redis: { image: valkey/valkey:9 } }\n');
    expect((await keeping.update()).out).not.toContain(says);
    for (const choice of ['markers', 'overwrite'])
      expect((await repo.copy().update(['--on-conflict', choice])).out).not.toContain(says);
  });

  it('goes with it where it is a comment, and is named', async () => {
    const repo = await madeRepo(['--preset', 'node', '--set', 'name=shop']);
    repo.edit('compose.yaml', (text) => text.replace(/(\n {2}redis:\n)/, '$1    # asked for by the jobs\n'));
    repo.edit('compose.yaml', (text) => text.replace(/(\n {2}postgres:\n)/, '$1    # stays\n'));
    const { code, out } = await repo.run('remove', ['redis', '--disconnect']);
    expect(code).toBe(0);
    expect(out).toContain('compose.yaml: your comment goes with what it was at: # asked for by the jobs');
    expect(repo.read('compose.yaml')).toContain('    # stays\n');
    expect(out).not.toContain('# stays');
  });
});

describe('the folder of an app that was moved', { timeout: 60_000 }, () => {
  it.each([
    ['', (text: string) => text],
    [' and renamed', (text: string) => text.replace('\n  admin:\n', '\n  console:\n')],
  ])('takes the edits of the user along where the answers say where it is%s', async (_, renamed) => {
    const repo = await madeRepo(['--preset', 'node', '--set', 'name=shop']);
    expect(await repo.run('add', ['node', 'admin'])).toMatchObject({ code: 0 });
    repo.edit('admin/Dockerfile', (text) => text.replace(/^EXPOSE.*$/m, '$&\n# mine'));
    renameSync(repo.path('admin'), repo.path('console'));
    repo.edit('prodstack.yaml', (text) => renamed(text.replace('path: admin', 'path: console')));
    expect(await repo.update()).toMatchObject({ code: 0, said: '' });
    expect(repo.read('console/Dockerfile')).toContain('\n# mine\n');
    expect(repo.read('compose.yaml')).toContain('context: console');
    expect((await repo.update()).out).toContain('Nothing to do');
  });
});
