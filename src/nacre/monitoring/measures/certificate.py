"""What is measured of each name that the gateway has a certificate for."""

from nacre.monitoring.measures.measure import Kind, Measure

CERTIFICATE = Kind(
    "certificate",
    "name",
    (
        Measure("days_left", "Until it ends."),
        Measure("left_percent", "How much of its time is left; a new one is got when a third is.", "percent"),
    ),
)
