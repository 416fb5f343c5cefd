"""What is measured of the Postgres of each branch."""

from nacre.monitoring.measures.measure import Kind, Measure

CLUSTER = Kind(
    "cluster",
    "branch",
    (
        Measure("up", "1 while it answers."),
        Measure("connections", "Sessions of clients."),
        Measure("connections_most", "How many there may be."),
        Measure("active", "Sessions that run a statement."),
        Measure("idle_in_transaction", "Sessions that hold a transaction open and do nothing."),
        Measure("idle_in_transaction_longest", "For how long the longest of them has.", "seconds"),
        Measure("transaction_longest", "The age of the oldest transaction.", "seconds"),
        Measure("blocked", "Sessions that wait for a lock."),
        Measure("blocked_longest", "How long the longest of them has waited.", "seconds"),
        Measure("commits", "Transactions committed.", counter=True),
        Measure("rollbacks", "Transactions rolled back.", counter=True),
        Measure("blocks_hit", "Pages found in its cache.", counter=True),
        Measure("blocks_read", "Pages that were not.", counter=True),
        Measure("rows_returned", "Rows read by scans.", counter=True),
        Measure("rows_changed", "Rows inserted, updated and deleted.", counter=True),
        Measure("deadlocks", "Deadlocks it had to break.", counter=True),
        Measure("temporary_files", "Files written because memory did not suffice.", counter=True),
        Measure("temporary_bytes", "What was written to them.", "bytes", counter=True),
        Measure("wal_written", "Its write-ahead log, by position.", "bytes", counter=True),
        Measure("archive_waiting", "The log that is not archived yet.", "bytes"),
        Measure("archive_failed", "How often archiving failed.", counter=True),
        Measure("xid_age", "Transactions since the oldest that is not frozen; at 2 billion all writing stops."),
    ),
)
