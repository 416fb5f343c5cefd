"""Jobs: durable work that runners compete for, under leases and fences."""
