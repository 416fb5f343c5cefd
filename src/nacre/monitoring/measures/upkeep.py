"""What is measured of the Postgres of each branch at a slower pace: how its tables, its log and its processes do."""

from nacre.monitoring.measures.measure import Kind, Measure

UPKEEP = Kind(
    "upkeep",
    "branch",
    (
        Measure("size", "All its databases.", "bytes"),
        Measure("tables", "Tables of the project's database."),
        Measure("rows_live", "Rows in them, about."),
        Measure("rows_dead", "Rows in them that were deleted or changed since, and take room until they are vacuumed."),
        Measure("dead_share", "The greatest share of dead rows in a table with ten thousand of them."),
        Measure("unvacuumed_longest", "How long ago a table was vacuumed that wants to be, at most.", "seconds"),
        Measure("unanalyzed_longest", "How long ago a table was analysed that wants to be, at most.", "seconds"),
        Measure("vacuum_age", "Since autovacuum last came to any table.", "seconds"),
        Measure("analyze_age", "Since it last analysed any.", "seconds"),
        Measure("invalid_indexes", "Indexes that could not be built to their end, and serve nobody."),
        Measure("log_kept", "The write-ahead log that it keeps beside the data.", "bytes"),
        Measure("prepared", "Transactions that were prepared, and neither committed nor rolled back."),
        Measure("prepared_longest", "The age of the oldest of them.", "seconds"),
        Measure("checksum_failures", "Pages that did not have the content they were written with.", counter=True),
        Measure("checkpoints_timed", "Checkpoints because it was time.", counter=True),
        Measure("checkpoints_requested", "Checkpoints because much was written, or they were asked for.", counter=True),
        Measure("checkpoint_time", "How long they wrote.", "seconds", counter=True),
        Measure(
            "cpu_percent", "How busy its processes kept processors since the numbers before; one is 100.", "percent"
        ),
        Measure("memory_anonymous", "Memory that its processes hold of their own, without what they share.", "bytes"),
    ),
)
