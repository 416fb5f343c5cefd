-- What follows in the same transaction waits as it did before.
SELECT set_config('lock_timeout', current_setting('nacre.lock_timeout'), true);
