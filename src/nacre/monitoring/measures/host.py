"""What is measured of the machine."""

from nacre.monitoring.measures.measure import Kind, Measure

HOST = Kind(
    "host",
    "",
    (
        Measure("cpu_percent", "How busy its processors are, all of them together 100.", "percent"),
        Measure("cpu_disk_wait_percent", "The share in which they had nothing to do but wait for disks.", "percent"),
        Measure("cpu_stolen_percent", "The share that the machine beneath took for others.", "percent"),
        Measure("load1", "Tasks that ran or wanted to, on average of a minute."),
        Measure("memory_total", "Its memory.", "bytes"),
        Measure("memory_available", "What programs could still get.", "bytes"),
        Measure("memory_anonymous", "What programs hold of their own, without cached files.", "bytes"),
        Measure("memory_cached", "Files kept in memory, which is given back when needed.", "bytes"),
        Measure("swap_used", "What was moved out of memory.", "bytes"),
        Measure("disk_total", "The file system that holds Nacre's home.", "bytes"),
        Measure("disk_free", "What is left of it.", "bytes"),
        Measure("inodes_total", "How many files it may hold; 0: as many as fit."),
        Measure("inodes_free", "How many more."),
        Measure("disk_read", "What was read from all disks.", "bytes", counter=True),
        Measure("disk_written", "What was written to all disks.", "bytes", counter=True),
        Measure("disk_busy", "How long disks had something to do.", "seconds", counter=True),
        Measure("network_received", "What came over the network, without loopback.", "bytes", counter=True),
        Measure("network_sent", "What went over it.", "bytes", counter=True),
        Measure("file_handles", "Open files of the whole machine."),
        Measure("file_handles_most", "How many may be open."),
        Measure("cpu_pressure_percent", "The time in which some task waited for a processor.", "percent"),
        Measure("memory_pressure_percent", "The time in which some task waited for memory.", "percent"),
        Measure("memory_stall_percent", "The time in which all tasks did.", "percent"),
        Measure("io_pressure_percent", "The time in which some task waited for a disk.", "percent"),
        Measure("io_stall_percent", "The time in which all tasks did.", "percent"),
    ),
)
