"""What is measured of the queue by which documents come into a collection."""

from nacre.monitoring.measures.measure import Kind, Measure

KNOWLEDGE = Kind(
    "knowledge",
    "collection",
    (
        Measure("waiting", "Documents that wait to be added."),
        Measure("waiting_longest", "How long the first of them has.", "seconds"),
        Measure("failed", "Documents that could not be added, until somebody has them tried again or struck out."),
        Measure("held", "1 while something holds up what waits, as a model that does not answer."),
    ),
)
