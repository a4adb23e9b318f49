<?php

return new class extends Migration {};
