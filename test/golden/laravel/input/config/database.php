<?php

return [
    'default' => env('DB_CONNECTION', 'pgsql'),
    'redis' => ['client' => env('REDIS_CLIENT', 'predis')],
];
