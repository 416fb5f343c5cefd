"""What is measured of requests that came through the gateway."""

from nacre.monitoring.measures.measure import Measure

REQUESTS = (
    Measure("requests", "Requests that were answered.", counter=True),
    Measure("successes", "Those that succeeded (2xx).", counter=True),
    Measure("redirects", "Those that were sent elsewhere, or told that nothing has changed (3xx).", counter=True),
    Measure("refusals", "Those that were refused, or given up by who asked (4xx).", counter=True),
    Measure("failures", "Those that failed (5xx).", counter=True),
    Measure("slow", "Those whose answer took longer than two seconds to begin.", counter=True),
    Measure("sent", "What was sent in answers.", "bytes", counter=True),
    Measure("latency_p50", "Until an answer began, half of the requests since the last look.", "seconds"),
    Measure("latency_p95", "The same for 95 of a hundred.", "seconds"),
    Measure("latency_p99", "The same for 99 of a hundred.", "seconds"),
)
