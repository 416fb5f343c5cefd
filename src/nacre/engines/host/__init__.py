"""The machine itself: its processors, memory, disks and network, in numbers."""
