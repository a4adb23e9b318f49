<?php

use Illuminate\Support\Facades\Schedule;

Schedule::command("tickets:expire")->hourly();
