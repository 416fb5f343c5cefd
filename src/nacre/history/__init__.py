"""The time machine: checkpoints, rewind, undo, branches from the past, looking back, verifying, letting go."""
