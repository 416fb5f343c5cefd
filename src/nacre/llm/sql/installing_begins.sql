-- Nothing is there yet: all functions are given the rights that they have from the start.
SELECT set_config('nacre.known_functions', '{}', true);
