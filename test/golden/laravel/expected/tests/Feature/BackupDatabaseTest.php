<?php

use App\Console\Commands\BackupDatabase;
use Carbon\CarbonImmutable;
use Illuminate\Console\Scheduling\Schedule;
use Illuminate\Contracts\Process\ProcessResult;
use Illuminate\Database\PostgresConnection;
use Illuminate\Process\PendingProcess;
use Illuminate\Support\Facades\Artisan;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\File;
use Illuminate\Support\Facades\Process;

// Without any server: the database, pg_dump and pg_restore are played.

beforeEach(function (): void {
    $this->processes = [];
    $this->settings = [];
    $this->complaint = '';
    $this->damage = '';
    $this->folder = sys_get_temp_dir() . '/backup-database-' . bin2hex(random_bytes(4));
    config([
        'database.connections.played' => [
            'driver' => 'pgsql',
            'host' => 'db.example.com',
            'port' => '5433',
            'database' => 'shop=x',
            'username' => 'app',
            'password' => 'of-the-app',
            'sslmode' => 'verify-full',
            'sslrootcert' => '/run/ca.crt',
        ],
        'backup-database.connection' => 'played',
        'backup-database.login' => ['username' => 'reader', 'password' => 'it\'s "$HOME"; exit'],
        'backup-database.path' => $this->folder,
        'backup-database.key' => 'app',
        'backup-database.timeout' => 600,
        'logging.default' => 'null',
    ]);
    $this->made = function (int $time): string {
        $id = gmdate('Ymd\THis\Z', $time);
        File::ensureDirectoryExists($this->folder);
        File::put("$this->folder/$id-app.dump", 'PGDMP');
        File::put("$this->folder/$id-app.dump.sha256", '');
        File::put("$this->folder/$id.json", json_encode(['databases' => ['app' => ['file' => "$id-app.dump", 'bytes' => 5]]]));

        return $id;
    };
    DB::extend('backup-database', function (array $settings): PostgresConnection {
        $this->settings = $settings;

        return new class(fn () => null, 'shop=x', '', $settings) extends PostgresConnection
        {
            public function beginTransaction(): void {}

            public function statement($query, $bindings = []): bool
            {
                return true;
            }

            public function select($query, $bindings = [], $useReadPdo = true, array $fetchUsing = []): array
            {
                $database = [
                    'snapshot' => '00000003-0000001B-1', 'version' => 180006, 'timescaledb' => null, 'name' => 'shop=x',
                    'owner' => 'app', 'encoding' => 'UTF8', 'collate' => 'C', 'ctype' => 'C', 'provider' => 'c', 'icu' => null,
                ];

                return match (true) {
                    str_contains($query, 'pg_export_snapshot') => [(object) $database],
                    str_contains($query, 'pg_class') => [(object) ['name' => 'public.visits']],
                    str_contains($query, 'count(*)') => [(object) ['rows' => 42]],
                    default => [],
                };
            }
        };
    });
    Process::fake(function (PendingProcess $process): ProcessResult {
        $this->processes[] = $process;
        [$program, $argument] = [$process->command[0], $process->command[1]];
        if ($argument === '--version') {
            return Process::result("$program (PostgreSQL) 18.6 (Debian 18.6-1.pgdg13+1)");
        }
        if ($program === 'pg_restore') {
            return Process::result(errorOutput: $this->damage, exitCode: $this->damage === '' ? 0 : 1);
        }
        $file = substr(current(preg_grep('/^--file=/', $process->command)), strlen('--file='));
        file_put_contents($file, 'PGDMP ' . implode(' ', $process->command));
        $complains = $this->complaint !== '' && ! in_array('--compress=6', $process->command, true);

        return Process::result(errorOutput: $complains ? $this->complaint : '', exitCode: $complains ? 1 : 0);
    });
});

afterEach(function (): void {
    File::deleteDirectory($this->folder);
});

it('makes the folder, for nobody else', function (): void {
    $this->assertSame(0, Artisan::call('backup:database', ['--path' => "$this->folder/deep er/folder"]));

    $this->assertCount(3, File::files("$this->folder/deep er/folder"));
    $this->assertSame('0700', substr(sprintf('%o', fileperms("$this->folder/deep er/folder")), -4));
    $this->assertSame([], File::files($this->folder));
});

it('connects as the connection of the app says, as the user of backups', function (): void {
    Artisan::call('backup:database');

    $expected = ['PGHOST' => 'db.example.com', 'PGPORT' => '5433', 'PGUSER' => 'reader', 'PGDATABASE' => 'shop=x', 'PGSSLMODE' => 'verify-full', 'PGSSLROOTCERT' => '/run/ca.crt'];
    $this->assertSame($expected, array_intersect_key($this->processes[0]->environment, $expected));
    $this->assertSame(['db.example.com', 'reader'], [$this->settings['host'], $this->settings['username']]);
    $this->assertContains('--snapshot=00000003-0000001B-1', $this->processes[0]->command);
    $this->assertSame(600, (int) $this->processes[0]->timeout);
});

it('reads an address instead, where there is one', function (): void {
    config(['backup-database.login' => ['url' => 'pgsql://owner:p%40ss@direct.example.com:25060/shop?sslmode=require', 'username' => '']]);

    Artisan::call('backup:database');

    $expected = ['PGHOST' => 'direct.example.com', 'PGPORT' => 25060, 'PGUSER' => 'owner', 'PGPASSWORD' => 'p@ss', 'PGDATABASE' => 'shop', 'PGSSLMODE' => 'require'];
    $this->assertEquals($expected, array_intersect_key($this->processes[0]->environment, $expected));
});

it('gives the password by the environment, and in no argument or message', function (): void {
    $this->complaint = 'pg_dump: error: connection refused';
    Artisan::call('backup:database');

    $this->assertSame('it\'s "$HOME"; exit', $this->processes[0]->environment['PGPASSWORD']);
    foreach ($this->processes as $process) {
        $this->assertIsArray($process->command, 'no shell reads it');
        $this->assertStringNotContainsString('it\'s', implode(' ', $process->command));
    }
    $this->assertStringNotContainsString('it\'s', Artisan::output());
});

it('makes a compressed file, its hash, and a record of what is in it', function (): void {
    $this->assertSame(0, Artisan::call('backup:database'));

    [$dump, $hash, $json] = array_map('strval', File::files($this->folder));
    $this->assertMatchesRegularExpression('~/\d{8}T\d{6}Z-app\.dump$~', $dump);
    $this->assertContains('--format=custom', $this->processes[0]->command);
    $this->assertContains('--compress=zstd', $this->processes[0]->command);
    $this->assertSame(hash_file('sha256', $dump) . '  ' . basename($dump) . "\n", file_get_contents($hash));
    $record = json_decode(file_get_contents($json), true);
    $this->assertSame(['18.6', '18.6'], [$record['server'], $record['client']]);
    $this->assertSame(filesize($dump), $record['databases']['app']['bytes']);
    $this->assertSame(['public.visits' => 42], $record['databases']['app']['tables']);
    $this->assertStringContainsString('1 tables with 42 rows', Artisan::output());
});

it('compresses with gzip where the client has no zstd', function (): void {
    $this->complaint = 'pg_dump: error: this build does not support compression with Zstandard';

    $this->assertSame(0, Artisan::call('backup:database'));

    $this->assertContains('--compress=6', $this->processes[1]->command);
});

it('leaves nothing of a dump that failed, says why, and fails', function (): void {
    $this->complaint = 'pg_dump: error: server closed the connection unexpectedly';

    $this->assertSame(1, Artisan::call('backup:database'));

    $this->assertStringContainsString('server closed the connection unexpectedly', Artisan::output());
    $this->assertSame([], File::files($this->folder));
});

it('counts no file that cannot be read back', function (): void {
    $this->damage = 'pg_restore: error: could not read from input file: end of file';

    $this->assertSame(1, Artisan::call('backup:database'));

    $this->assertSame([], File::files($this->folder));
    $this->assertFalse(BackupDatabase::madeWithin(hours: 1));
});

it('removes what is older than the retention, and nothing that is not its own', function (): void {
    [$old, $young] = [($this->made)(time() - 31 * 86400), ($this->made)(time() - 29 * 86400)];
    File::put("$this->folder/by-hand.dump", '');
    File::put("$this->folder/$old-app.dump.mine", '');

    $this->assertSame(0, Artisan::call('backup:database'));

    $this->assertStringContainsString('older than 30 days', Artisan::output());
    $this->assertFileDoesNotExist("$this->folder/$old.json");
    $this->assertFileDoesNotExist("$this->folder/$old-app.dump");
    $this->assertFileExists("$this->folder/$young-app.dump");
    $this->assertFileExists("$this->folder/by-hand.dump");
    $this->assertFileExists("$this->folder/$old-app.dump.mine");

    Artisan::call('backup:database', ['--retention' => '10']);
    $this->assertFileDoesNotExist("$this->folder/$young-app.dump");
});

it('keeps 30 days without being told', function (): void {
    $this->assertSame('30', Artisan::all()['backup:database']->getDefinition()->getOption('retention')->getDefault());
});

it('removes nothing when all that there is would be too old', function (): void {
    $id = ($this->made)(time() - 400 * 86400);

    $this->assertSame(0, Artisan::call('backup:database'));

    $this->assertFileExists("$this->folder/$id-app.dump");
    $this->assertStringContainsString('Is the clock right?', Artisan::output());
});

it('keeps the backups that there are when a new one fails', function (): void {
    $ids = [($this->made)(time() - 31 * 86400), ($this->made)(time() - 1 * 86400)];
    $this->complaint = 'pg_dump: error: disk full';

    $this->assertSame(1, Artisan::call('backup:database', ['--retention' => '1']));

    foreach ($ids as $id) {
        $this->assertFileExists("$this->folder/$id.json");
    }
});

it('clears up after a run that was killed', function (): void {
    File::ensureDirectoryExists($this->folder);
    File::put("$this->folder/20260101T020000Z-app.dump.partial", 'PGDMP');
    File::put("$this->folder/else.partial", '');

    Artisan::call('backup:database');

    $this->assertFileDoesNotExist("$this->folder/20260101T020000Z-app.dump.partial");
    $this->assertFileExists("$this->folder/else.partial");
});

it('takes no value for what it is not', function (): void {
    foreach (['0', '-1', '1e9', '30; true', "1\n"] as $retention) {
        $this->assertSame(2, Artisan::call('backup:database', ['--retention' => $retention]));
    }
    $this->assertSame(2, Artisan::call('backup:database', ['--path' => 'phar://folder']));
    $this->assertSame([], $this->processes);
});

it('waits for nobody else who makes one', function (): void {
    File::ensureDirectoryExists($this->folder);
    $lock = fopen("$this->folder/.backup-database.lock", 'c');
    flock($lock, LOCK_EX);

    $this->assertSame(75, Artisan::call('backup:database'));

    $this->assertSame([], $this->processes);
});

it('is scheduled daily, without overlap, on one server, in the background', function (): void {
    $events = array_filter(app(Schedule::class)->events(), fn ($event): bool => str_contains((string) $event->command, 'backup:database'));
    $daily = current($events);

    $this->assertSame(['0 2 * * *', 'Europe/Berlin'], [$daily->expression, (string) $daily->timezone]);
    foreach ($events as $event) {
        $this->assertTrue($event->withoutOverlapping && $event->onOneServer && $event->runInBackground);
    }
    $this->assertTrue($daily->filtersPass(app()));
    Artisan::call('backup:database');
    $this->assertFalse($daily->filtersPass(app()), 'an hour that the clock strikes twice is one');
});

it('runs once a day, when the clocks change too', function (): void {
    $events = array_filter(app(Schedule::class)->events(), fn ($event): bool => str_contains((string) $event->command, 'backup:database'));
    // Summer time begins and ends in Europe and in North America.
    foreach (['2026-03-07', '2026-03-28', '2026-10-24', '2026-10-31'] as $day) {
        $start = CarbonImmutable::parse($day, 'Europe/Berlin')->setTimeFromTimeString('02:00');
        File::deleteDirectory($this->folder);
        $made = [$start->getTimestamp()];
        ($this->made)($start->getTimestamp());
        // The minutes of both entries are among these.
        for ($time = $start->addMinutes(5); $time < $start->addDays(3); $time = $time->addMinutes(5)) {
            $this->travelTo($time);
            foreach ($events as $event) {
                if ($event->isDue(app()) && $event->filtersPass(app())) {
                    ($this->made)($time->getTimestamp());
                    $made[] = $time->getTimestamp();
                }
            }
        }
        $gaps = array_map(fn (int $one, int $other): int => intdiv($other - $one, 3600), array_slice($made, 0, -1), array_slice($made, 1));
        $this->assertCount(3, $made);
        $this->assertLessThanOrEqual(25, max($gaps));
        $this->assertGreaterThanOrEqual(21, min($gaps));
    }
});

it('is not put off by a backup from the future', function (): void {
    ($this->made)(time() + 10 * 86400);
    $this->assertFalse(BackupDatabase::madeWithin(hours: 25));

    ($this->made)(time() - 24 * 3600);
    $this->assertTrue(BackupDatabase::madeWithin(hours: 25));
    $this->assertFalse(BackupDatabase::madeWithin(hours: 23));
});
