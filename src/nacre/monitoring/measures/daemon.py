"""What is measured of the daemon."""

from nacre.monitoring.measures.measure import Kind, Measure

DAEMON = Kind(
    "daemon",
    "",
    (
        Measure("cpu_percent", "How busy it keeps processors; one of them is 100.", "percent"),
        Measure("memory_anonymous", "The memory that it holds of its own, without files that it maps.", "bytes"),
        Measure("tasks", "What its event loop has in hand."),
        Measure("threads", "Its threads."),
        Measure("open_files", "Its open files and sockets."),
        Measure("wal_size", "The write-ahead log of data.db.", "bytes"),
        Measure("connections", "Its open connections to data.db."),
        Measure("requests", "Requests to its API.", counter=True),
        Measure("failures", "Requests that it failed (5xx).", counter=True),
        Measure("latency_p50", "Until an answer began, half of the requests since the last look.", "seconds"),
        Measure("latency_p95", "The same for 95 of a hundred.", "seconds"),
        Measure("left_out", "Samples that were not taken, since there are too many subjects.", counter=True),
        Measure("logs_followed", "1 while the process that follows logs runs and has looked within a minute, else 0."),
        Measure("logs_lines", "Lines that it has kept.", counter=True),
        Measure("logs_behind", "What was written to logs and is not read yet.", "bytes"),
        Measure("logs_late", "For how long the log that is behind for longest has been so.", "seconds"),
        Measure("logs_left_out", "What it passed over, since more was written than is kept.", "bytes", counter=True),
        Measure("logs_unkept", "Logs that cannot be kept now, as on a full or damaged disk."),
    ),
)
