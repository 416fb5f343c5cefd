"""What is measured of each workspace that runs."""

from nacre.monitoring.measures.measure import Kind, Measure

WORKSPACE = Kind(
    "workspace",
    "workspace",
    (
        Measure("cpu_percent", "How busy it keeps processors; one of them is 100.", "percent"),
        Measure("memory", "What its processes hold in memory; what they share counts with each.", "bytes"),
        Measure("memory_most", "What it may hold.", "bytes"),
        Measure("processes", "Its processes."),
        Measure("disk", "What its files take, measured at most once a minute.", "bytes"),
        Measure("disk_most", "What they may take.", "bytes"),
    ),
)
