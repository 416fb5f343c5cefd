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
    ),
)
