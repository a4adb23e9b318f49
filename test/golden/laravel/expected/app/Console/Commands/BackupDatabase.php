<?php

declare(strict_types=1);

namespace App\Console\Commands;

use Illuminate\Console\Command;
use Illuminate\Contracts\Process\InvokedProcess;
use Illuminate\Database\Connection;
use Illuminate\Support\ConfigurationUrlParser;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Process;
use InvalidArgumentException;
use RuntimeException;
use stdClass;
use Throwable;

/**
 * One backup of the PostgreSQL database: a file that was read back before it counts.
 *
 * The folder gets <id>-<key>.dump (for pg_restore), its .sha256 (for sha256sum --check), and last the record <id>.json: what is
 * in it, with the rows of each table. What has no record is no backup. scripts/backup, scripts/restore and the drill read these.
 */
class BackupDatabase extends Command
{
    protected $signature = 'backup:database
        {--path= : The folder that backups are kept in; storage/backups without it}
        {--retention=30 : The days after which a backup is removed, once there is a newer one}';

    protected $description = 'Back up the PostgreSQL database into a verified file, and remove the backups that are too old';

    /** Another run is at work; the same as that of `backup run`. */
    private const BUSY = 75;

    private const CONNECTION = 'backup-database';

    private const FILE = '/\A(?<id>\d{8}T\d{6}Z)(?:\.json|-[A-Za-z0-9_-]+\.(?:dump|sql|tar\.zst)(?:\.sha256)?)\z/';

    private const LEFTOVER = '/\A\d{8}T\d{6}Z(?:\.json|-[a-z0-9-]+\.dump)\.partial\z/';

    private ?InvokedProcess $process = null;

    private ?int $signal = null;

    /** Whether the newest backup is younger than this, so that the schedule can do without another one. */
    public static function madeWithin(int $hours): bool
    {
        $now = now()->getTimestamp();
        foreach (self::backups((string) config('backup-database.path')) as $id) {
            // One from the future was made while the clock was wrong: it must not keep others from being made.
            if (self::time($id) > $now - $hours * 3600 && self::time($id) < $now + 3600) {
                return true;
            }
        }

        return false;
    }

    /** Where the schedule writes what this says: the log of the container, which a task in the background has lost. */
    public static function log(): string
    {
        return is_writable('/proc/1/fd/2') ? '/proc/1/fd/2' : storage_path('logs/backup-database.log');
    }

    public function handle(): int
    {
        $this->trap(fn (): array => [SIGINT, SIGTERM], $this->stop(...));
        $mask = umask(0077);
        try {
            $retention = $this->retention();
            $folder = $this->folder();
            $lock = fopen("$folder/.backup-database.lock", 'c');
            if (! flock($lock, LOCK_EX | LOCK_NB)) {
                $this->error("Another backup is being made in $folder. Try again when it is done.");

                return self::BUSY;
            }
            $this->removeLeftovers($folder);
            $id = $this->backUp($folder);
            $this->prune($folder, $id, $retention);
        } catch (InvalidArgumentException $error) {
            $this->error($error->getMessage());

            return self::INVALID;
        } catch (Throwable $error) {
            $this->error('No backup was made. ' . $error->getMessage());
            if ($this->signal !== null) {
                return 128 + $this->signal;
            }
            // So that whoever hears of the other errors of the app hears of this one.
            report($error);

            return self::FAILURE;
        } finally {
            umask($mask);
        }

        return self::SUCCESS;
    }

    /** What is missing is removed, and the exit status tells. */
    private function stop(int $signal): void
    {
        $this->signal = $signal;
        if ($this->process?->running()) {
            $this->process->signal(SIGTERM);
        }
    }

    private function retention(): int
    {
        $days = (string) $this->option('retention');
        if (preg_match('/\A[1-9]\d{0,3}\z/', $days) !== 1) {
            throw new InvalidArgumentException('--retention is a number of days, from 1 to 9999.');
        }

        return (int) $days;
    }

    private function folder(): string
    {
        $path = (string) ($this->option('path') ?? '');
        if ($path === '') {
            $path = (string) config('backup-database.path');
        }
        // PHP would take it for a stream: phar://, http://.
        if (str_contains($path, '://') || str_contains($path, "\0")) {
            throw new InvalidArgumentException('--path is a folder of this machine.');
        }
        $path = str_starts_with($path, '/') ? $path : base_path($path);
        try {
            is_dir($path) || mkdir($path, 0700, true);
        } catch (Throwable $error) {
            throw new RuntimeException("The folder $path cannot be made: {$error->getMessage()}", 0, $error);
        }
        if (! is_writable($path)) {
            throw new RuntimeException("The folder $path cannot be written to.");
        }

        return $path === '/' ? $path : rtrim($path, '/');
    }

    /** Only what a run that was killed has left of its own. */
    private function removeLeftovers(string $folder): void
    {
        foreach (preg_grep(self::LEFTOVER, self::files($folder)) as $name) {
            unlink("$folder/$name");
        }
    }

    private function backUp(string $folder): string
    {
        $key = (string) config('backup-database.key');
        if (preg_match('/\A[a-z0-9-]+\z/', $key) !== 1) {
            throw new RuntimeException("backup-database.key is part of file names, and cannot be $key.");
        }
        // One a second: the time is the name.
        do {
            $started = time();
            $id = gmdate('Ymd\THis\Z', $started);
            $name = "$id-$key.dump";
            $dump = "$folder/$name";
            $record = "$folder/$id.json";
        } while ((file_exists($dump) || file_exists($record)) && usleep(100_000) === null);
        $settings = $this->settings();
        $made = ["$dump.partial", $dump, "$dump.sha256", "$record.partial"];
        try {
            $connection = $this->connect($settings);
            try {
                $database = $this->snapshot($connection);
                // First: it locks what it counts, so that no table can be emptied before the dump, which no snapshot would show.
                $tables = $this->counts($connection);
                $this->dump($settings, $database->snapshot, "$dump.partial");
            } finally {
                DB::purge(self::CONNECTION);
            }
            $this->check("$dump.partial");
            $hash = hash_file('sha256', "$dump.partial");
            $bytes = filesize("$dump.partial");
            rename("$dump.partial", $dump);
            $this->write("$dump.sha256", "$hash  $name\n");
            $this->write("$record.partial", $this->record($id, $key, $started, $database, [
                'name' => $database->name,
                'file' => $name,
                'bytes' => $bytes,
                'sha256' => $hash,
                'owner' => $database->owner,
                'encoding' => $database->encoding,
                'collate' => $database->collate,
                'ctype' => $database->ctype,
                'provider' => $database->provider,
                'icu' => $database->icu,
                'tables' => (object) $tables,
            ]));
            $this->goOn();
            rename("$record.partial", $record);
        } catch (Throwable $error) {
            foreach (array_filter($made, file_exists(...)) as $file) {
                unlink($file);
            }
            throw $error;
        }
        $this->info(sprintf(
            'Backup %s: %s, %d tables with %d rows, after %d s, in %s',
            $id, self::size($bytes), count($tables), array_sum($tables), time() - $started, $folder,
        ));

        return $id;
    }

    /**
     * The app's own connection, as the user that backups are made by: one that row security hides nothing from.
     *
     * @return array<string, mixed>
     */
    private function settings(): array
    {
        $name = (string) (config('backup-database.connection') ?? config('database.default'));
        $settings = config("database.connections.$name");
        if (! is_array($settings)) {
            throw new RuntimeException("config/database.php has no connection $name.");
        }
        $own = array_filter((array) config('backup-database.login'), fn (mixed $value): bool => (string) $value !== '');
        $parser = new ConfigurationUrlParser;
        $settings = $parser->parseConfiguration(isset($own['url']) ? [...$settings, 'url' => $own['url']] : $settings);
        if (($settings['driver'] ?? '') !== 'pgsql') {
            throw new RuntimeException("The connection $name is no PostgreSQL: its driver is " . ($settings['driver'] ?? 'unknown') . '.');
        }
        $write = $settings['write'] ?? [];
        $settings = [...$settings, ...($write[0] ?? $write), ...$own];
        $settings['host'] = ((array) ($settings['host'] ?? ''))[0];
        unset($settings['read'], $settings['write'], $settings['sticky'], $settings['url']);

        return $settings;
    }

    /** @param array<string, mixed> $settings */
    private function connect(array $settings): Connection
    {
        config(['database.connections.' . self::CONNECTION => $settings]);
        DB::purge(self::CONNECTION);

        return DB::connection(self::CONNECTION);
    }

    /** Begins the transaction that both the dump and the counts look at, and says what the database is like. */
    private function snapshot(Connection $connection): stdClass
    {
        // Rows that row security hides are an error now, and not left out; no limit on time ends a long transaction; and a firewall
        // hears of a connection on which nothing is said while pg_dump works.
        $connection->select(<<<'SQL'
            SELECT set_config(name, value, false)
              FROM (VALUES ('row_security', 'off'), ('search_path', ''), ('lock_timeout', '10min'), ('tcp_keepalives_idle', '60'),
                           ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'), ('transaction_timeout', '0')
                   ) AS wanted (name, value)
             WHERE name IN (SELECT s.name FROM pg_settings s)
            SQL);
        $connection->beginTransaction();
        $connection->statement('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');

        return $connection->selectOne(<<<'SQL'
            SELECT pg_export_snapshot() AS snapshot, current_setting('server_version_num')::int AS version,
                   (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,
                   datname AS name, pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding,
                   datcollate AS collate, datctype AS ctype, datlocprovider AS provider,
                   coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS icu
              FROM pg_database d WHERE datname = current_database()
            SQL);
    }

    /** @param array<string, mixed> $settings */
    private function dump(array $settings, string $snapshot, string $file): void
    {
        $command = ['pg_dump', '--format=custom', '--no-password', "--snapshot=$snapshot", '--lock-wait-timeout=10min', "--file=$file"];
        // By the environment: every user of the machine can read arguments, and a name with = in it would be taken for settings.
        $environment = array_filter([
            'PGHOST' => $settings['host'],
            'PGPORT' => $settings['port'] ?? '',
            'PGUSER' => $settings['username'] ?? '',
            'PGPASSWORD' => $settings['password'] ?? '',
            'PGDATABASE' => $settings['database'] ?? '',
            'PGSSLMODE' => $settings['sslmode'] ?? '',
            'PGSSLROOTCERT' => $settings['sslrootcert'] ?? '',
            'PGSSLCERT' => $settings['sslcert'] ?? '',
            'PGSSLKEY' => $settings['sslkey'] ?? '',
            'PGCONNECT_TIMEOUT' => '10',
            'PGAPPNAME' => 'backup:database',
        ], fn (mixed $value): bool => (string) $value !== '');
        try {
            $this->program([...$command, '--compress=zstd'], $environment);
        } catch (RuntimeException $error) {
            if (! str_contains($error->getMessage(), 'compress')) {
                throw $error;
            }
            // A client older than 16, or one that was built without zstd.
            $this->program([...$command, '--compress=6'], $environment);
        }
        clearstatcache();
        if (! is_file($file) || filesize($file) === 0) {
            throw new RuntimeException('pg_dump has written nothing.');
        }
    }

    /** Reads all of the file: its list of contents alone would be there in one that was cut off. */
    private function check(string $file): void
    {
        $this->program(['pg_restore', '--file=/dev/null', $file]);
    }

    /**
     * @param list<string> $command
     * @param array<string, mixed> $environment
     */
    private function program(array $command, array $environment = []): string
    {
        $this->goOn();
        $timeout = (int) config('backup-database.timeout');
        $this->process = Process::env(['LC_ALL' => 'C', ...$environment])->timeout($timeout)->start($command);
        try {
            $result = $this->process->wait();
        } catch (Throwable $error) {
            // Its own message repeats the command.
            throw new RuntimeException("$command[0] did not end by itself, or not within $timeout s (BACKUP_TIMEOUT).", 0, $error);
        } finally {
            $this->process = null;
        }
        $this->goOn();
        if ($result->failed()) {
            throw new RuntimeException(trim($result->errorOutput()) ?: "$command[0] ended with status {$result->exitCode()}.");
        }

        return $result->output();
    }

    /** Between two steps: whether it was told to stop. */
    private function goOn(): void
    {
        if ($this->signal !== null) {
            throw new RuntimeException('It was told to stop.');
        }
    }

    /** @return array<string, int> The rows of each table that belongs to no extension. */
    private function counts(Connection $connection): array
    {
        $tables = $connection->select(<<<'SQL'
            SELECT format('%I.%I', nspname, relname) AS name
              FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
             WHERE relkind IN ('r', 'p') AND relpersistence <> 't' AND nspname !~ '^pg_' AND nspname <> 'information_schema'
               AND NOT EXISTS (SELECT FROM pg_depend
                                WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
             ORDER BY 1
            SQL);
        $counts = [];
        foreach ($tables as $table) {
            $this->goOn();
            $counts[$table->name] = (int) $connection->selectOne("SELECT count(*) AS rows FROM $table->name")->rows;
        }

        return $counts;
    }

    /** @param array<string, mixed> $facts */
    private function record(string $id, string $key, int $started, stdClass $database, array $facts): string
    {
        $finished = time();
        preg_match('/[\d.]+/', $this->program(['pg_dump', '--version']), $client);

        return json_encode([
            'format' => 1,
            'id' => $id,
            'project' => (string) config('backup-database.project'),
            'engine' => 'laravel',
            'reason' => 'command',
            'started' => gmdate('Y-m-d\TH:i:s\Z', $started),
            'finished' => gmdate('Y-m-d\TH:i:s\Z', $finished),
            'seconds' => $finished - $started,
            'server' => intdiv($database->version, 10000) . '.' . $database->version % 10000,
            'client' => $client[0] ?? 'unknown',
            'timescaledb' => $database->timescaledb,
            'databases' => [$key => $facts],
            'globals' => null,
            'uploads' => new stdClass,
        ], JSON_THROW_ON_ERROR | JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE) . "\n";
    }

    /** Down to the disk, so that no rename comes before what it names. */
    private function write(string $file, string $content): void
    {
        $handle = fopen($file, 'w');
        if (fwrite($handle, $content) !== strlen($content) || ! fsync($handle)) {
            throw new RuntimeException("$file cannot be written: is the disk full?");
        }
        fclose($handle);
    }

    /** Removes backups that are older than the retention; never the newest one, nor anything with another name. */
    private function prune(string $folder, string $newest, int $days): void
    {
        $since = self::time($newest) - $days * 86400;
        $before = self::backups($folder)[1] ?? null;
        if ($before !== null && self::time($before) < $since) {
            $this->warn("Nothing was removed: the backup before this one is more than $days days old. Is the clock right? The next run goes on.");

            return;
        }
        $old = [];
        foreach (self::files($folder) as $name) {
            if (preg_match(self::FILE, $name, $match) === 1 && self::time($match['id']) < $since) {
                $old[$match['id']][] = $name;
            }
        }
        $bytes = 0;
        foreach ($old as $names) {
            // The record first: what is left of a backup that lost it counts for nothing.
            usort($names, fn (string $one, string $other): int => str_ends_with($other, '.json') <=> str_ends_with($one, '.json'));
            foreach ($names as $name) {
                $bytes += filesize("$folder/$name");
                unlink("$folder/$name");
            }
        }
        $this->info($old === []
            ? "Nothing to remove: no backup is older than $days days"
            : sprintf('Removed what is older than %d days (%s): %s', $days, self::size($bytes), implode(', ', array_keys($old))));
    }

    /** @return list<string> The ids of complete backups, the newest first. */
    private static function backups(string $folder): array
    {
        $ids = [];
        foreach (self::files($folder) as $name) {
            if (preg_match('/\A(\d{8}T\d{6}Z)\.json\z/', $name, $match) !== 1) {
                continue;
            }
            $record = json_decode((string) file_get_contents("$folder/$name"), true);
            $databases = is_array($record) ? (array) ($record['databases'] ?? []) : [];
            $whole = fn (mixed $one): bool => is_array($one) && is_file($file = "$folder/" . basename((string) ($one['file'] ?? '')))
                && filesize($file) === ($one['bytes'] ?? null);
            if ($databases !== [] && array_filter($databases, $whole) === $databases) {
                $ids[] = $match[1];
            }
        }
        rsort($ids);

        return $ids;
    }

    /** @return list<string> */
    private static function files(string $folder): array
    {
        return is_dir($folder) ? array_values(array_filter(scandir($folder), fn (string $name): bool => is_file("$folder/$name"))) : [];
    }

    private static function time(string $id): int
    {
        return (int) strtotime($id);
    }

    private static function size(int $bytes): string
    {
        $power = $bytes < 1024 ? 0 : min(4, (int) floor(log($bytes, 1024)));

        return round($bytes / 1024 ** $power, 1) . ' ' . ['B', 'KiB', 'MiB', 'GiB', 'TiB'][$power];
    }
}
