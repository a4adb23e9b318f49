<?php

Route::view("/", "welcome");
