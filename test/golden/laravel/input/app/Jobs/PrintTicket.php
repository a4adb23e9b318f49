<?php

namespace App\Jobs;

use Illuminate\Contracts\Queue\ShouldQueue;
use Illuminate\Foundation\Queue\Queueable;

class PrintTicket implements ShouldQueue
{
    use Queueable;

    public int $timeout = 180;

    public function __construct()
    {
        $this->onQueue('printing');
    }
}
