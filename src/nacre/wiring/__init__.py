"""How the parts of each subject are put together; the daemon starts and ends what comes of it."""
