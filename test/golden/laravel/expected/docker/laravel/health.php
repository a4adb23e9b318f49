#!/usr/bin/env php
<?php

// The health check of app: ends with 0 if the database answers, and each address that it is given.
//   laravel-health http://127.0.0.1:8080/up
//   laravel-health tcp://127.0.0.1:8080
//   laravel-health redis
//   laravel-health fastcgi://127.0.0.1:9000/fpm-ping

const SECONDS = 4;

function fail(string $why): never
{
    fwrite(STDERR, $why . PHP_EOL);
    exit(1);
}

function connect(string $host, int $port)
{
    $socket = @stream_socket_client("tcp://$host:$port", $code, $message, SECONDS) ?: fail("$host:$port: $message");
    stream_set_timeout($socket, SECONDS);

    return $socket;
}

function http(string $host, int $port, string $path): void
{
    $socket = connect($host, $port);
    fwrite($socket, "GET $path HTTP/1.0\r\nHost: $host:$port\r\nUser-Agent: laravel-health\r\n\r\n");
    $status = (int) (explode(' ', (string) fgets($socket))[1] ?? 0);
    if ($status < 200 || $status >= 400) {
        fail($status === 0 ? "$path gets no answer" : "$path gets the answer $status");
    }
}

/** php-fpm answers no HTTP: its ping is asked for in FastCGI, without running the app. */
function fastcgi(string $host, int $port, string $path): void
{
    $record = fn (int $type, string $content): string => pack('CCnnCC', 1, $type, 1, strlen($content), 0, 0) . $content;
    $parameters = '';
    foreach (['SCRIPT_NAME' => $path, 'SCRIPT_FILENAME' => $path, 'REQUEST_METHOD' => 'GET'] as $name => $value) {
        $parameters .= chr(strlen($name)) . chr(strlen($value)) . $name . $value;
    }
    $socket = connect($host, $port);
    fwrite($socket, $record(1, pack('nC6', 1, 0, 0, 0, 0, 0, 0)) . $record(4, $parameters) . $record(4, '') . $record(5, ''));
    if (!str_contains((string) stream_get_contents($socket), 'pong')) {
        fail('php-fpm does not answer its ping');
    }
}

function database(string $driver): void
{
    $get = fn (string $name): string => (string) getenv($name);
    $name = $driver === 'mariadb' ? 'mysql' : $driver;
    $source = sprintf('%s:host=%s;port=%s;dbname=%s', $name, $get('DB_HOST'), $get('DB_PORT'), $get('DB_DATABASE'));
    try {
        (new PDO($source, $get('DB_USERNAME'), $get('DB_PASSWORD'), [PDO::ATTR_TIMEOUT => SECONDS]))->query('SELECT 1');
    } catch (PDOException $error) {
        fail('database: ' . $error->getMessage());
    }
}

foreach (array_slice($argv, 1) as $url) {
    if ($url === 'redis') {
        connect((string) getenv('REDIS_HOST'), (int) getenv('REDIS_PORT'));
        continue;
    }
    ['scheme' => $scheme, 'host' => $host, 'port' => $port, 'path' => $path] = parse_url($url) + ['path' => '/'];
    match ($scheme) {
        'http' => http($host, $port, $path),
        'tcp' => connect($host, $port),
        'fastcgi' => fastcgi($host, $port, $path),
    };
}

// Settings of a database that is somebody else's may come in one URL; then the app itself has to tell.
$driver = (string) getenv('DB_CONNECTION');
if (in_array($driver, ['pgsql', 'mysql', 'mariadb'], true) && getenv('DB_HOST')) {
    database($driver);
}
