"""What is measured of the queue of jobs."""

from nacre.monitoring.measures.measure import Kind, Measure

JOBS = Kind(
    "jobs",
    "",
    (
        Measure("waiting", "Jobs that could be done now, and wait for a runner."),
        Measure("waiting_longest", "How long the first of them has.", "seconds"),
        Measure("running", "Jobs that are being done."),
        Measure("running_longest", "How long the first of them has been.", "seconds"),
        Measure("done", "Jobs that were done, since the daemon began.", counter=True),
        Measure("failed", "Jobs that failed, as a build that finds an error in a program.", counter=True),
        Measure("dead", "Jobs that came to nothing at each attempt.", counter=True),
        Measure("cancelled", "Jobs that somebody cancelled.", counter=True),
    ),
)
