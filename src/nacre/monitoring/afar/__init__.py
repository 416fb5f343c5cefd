"""Logs of apps on other machines: kept there until they are here, and brought to the shelves of this one."""
