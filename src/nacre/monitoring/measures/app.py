"""What is measured of each published app."""

from nacre.monitoring.measures.measure import Kind, Measure
from nacre.monitoring.measures.requests import REQUESTS

APP = Kind(
    "app",
    "app",
    (
        Measure("wanted", "1 while it is to run: it was not stopped, and does not sleep until somebody asks for it."),
        Measure("up", "1 while it runs."),
        Measure("release", "The release that serves."),
        Measure("instances", "How many run: besides the one that serves, those that finish what they were asked."),
        Measure("restarts", "How often it had to be started again.", counter=True),
        Measure("cpu_percent", "How busy it keeps processors; one of them is 100.", "percent"),
        Measure("processors", "How many of them it may keep busy."),
        Measure("memory", "What its processes hold in memory; what they share counts with each.", "bytes"),
        Measure("memory_most", "What it may hold.", "bytes"),
        Measure("processes", "Its processes."),
        *REQUESTS,
        Measure("publish_failed", "1 when what was published last did not come to serve."),
    ),
)
