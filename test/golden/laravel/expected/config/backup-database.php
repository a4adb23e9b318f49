<?php

// What backup:database works with. Cached with the rest of the configuration, and filled from the environment then.

return [
    /*
     * The connection of config/database.php that is backed up; null: the default one. Whatever is said below takes the place of
     * what it says: the database is reached directly, and by a user that row security hides nothing from.
     */
    'connection' => env('BACKUP_DB_CONNECTION'),

    'login' => [
        'url' => env('BACKUP_DB_URL'),
        'host' => env('BACKUP_DB_HOST'),
        'port' => env('BACKUP_DB_PORT'),
        'username' => env('BACKUP_DB_USERNAME'),
        'password' => env('BACKUP_DB_PASSWORD'),
    ],

    'path' => env('BACKUP_PATH') ?: storage_path('backups'),

    /* Seconds that pg_dump may take, and as many that reading the file back may. */
    'timeout' => (int) env('BACKUP_TIMEOUT', 600),

    /* What the database, and the stack, are called in the names and records of backups. */
    'key' => env('BACKUP_KEY', 'app'),
    'project' => env('BACKUP_PROJECT', env('APP_NAME', 'laravel')),
];
