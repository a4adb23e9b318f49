<?php

use Illuminate\Support\Facades\Schedule;

Schedule::command("tickets:expire")->hourly();

// prodstack: start. What stands up to "prodstack: end" is made by create-prodstack and replaced by it.
\Illuminate\Support\Facades\Schedule::command('backup:database')
    ->dailyAt('02:00')
    ->timezone('Europe/Berlin')
    // When the clocks go back, a time of day comes twice.
    ->skip(fn (): bool => \App\Console\Commands\BackupDatabase::madeWithin(hours: 3))
    ->withoutOverlapping(120)
    ->onOneServer()
    ->runInBackground()
    ->appendOutputTo(\App\Console\Commands\BackupDatabase::log());
// What did not happen then is made up for: the server was off, it failed, or the clocks went forward over that time.
\Illuminate\Support\Facades\Schedule::command('backup:database')
    ->hourlyAt(20)
    ->skip(fn (): bool => \App\Console\Commands\BackupDatabase::madeWithin(hours: 25))
    ->withoutOverlapping(120)
    ->onOneServer()
    ->runInBackground()
    ->appendOutputTo(\App\Console\Commands\BackupDatabase::log());
// prodstack: end
