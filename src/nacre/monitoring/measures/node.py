"""What is measured of a machine that joined, and of this one as one of them."""

from nacre.monitoring.measures.measure import Kind, Measure

NODE = Kind(
    "node",
    "node",
    (
        Measure("up", "1 while it is heard of; not known of one that never joined."),
        Measure("silence", "For how long it has not been heard of.", "seconds"),
        Measure("draining", "1 while it takes no new work."),
        Measure("jobs", "Jobs that its runners have in hand."),
    ),
)
