"""What is measured of a machine that joined, and of this one as one of them.

How busy it is, those that run apps tell; of this machine the kind `host` has that, and more.
"""

from nacre.monitoring.measures.measure import Kind, Measure

NODE = Kind(
    "node",
    "node",
    (
        Measure("up", "1 while it is heard of; not known of one that never joined."),
        Measure("silence", "For how long it has not been heard of.", "seconds"),
        Measure("draining", "1 while it takes no new work."),
        Measure("jobs", "Jobs that its runners have in hand."),
        Measure("cpu_percent", "How busy its processors are; all of them is 100.", "percent"),
        Measure("load1", "Tasks that ran or wanted to, on average of a minute."),
        Measure("memory_total", "Its memory.", "bytes"),
        Measure("memory_available", "What programs could still get.", "bytes"),
        Measure("swap_used", "What was moved out of memory.", "bytes"),
        Measure("disk_total", "The file system that its apps run from.", "bytes"),
        Measure("disk_free", "What is left of it.", "bytes"),
        Measure("cpu_pressure_percent", "The time in which some task waited for a processor.", "percent"),
        Measure("memory_pressure_percent", "The time in which some task waited for memory.", "percent"),
        Measure("io_pressure_percent", "The time in which some task waited for a disk.", "percent"),
    ),
)
