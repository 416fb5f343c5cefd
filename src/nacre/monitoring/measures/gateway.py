"""What is measured of the gateway."""

from nacre.monitoring.measures.measure import Kind, Measure
from nacre.monitoring.measures.requests import REQUESTS

GATEWAY = Kind(
    "gateway",
    "",
    (
        Measure("up", "1 while it runs."),
        Measure("restarts", "How often it had to be started again.", counter=True),
        Measure("cpu_percent", "How busy it keeps processors; one of them is 100.", "percent"),
        Measure("memory", "What it holds in memory.", "bytes"),
        *REQUESTS,
    ),
)
