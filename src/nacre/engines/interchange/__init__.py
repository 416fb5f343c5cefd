"""Passages with their vectors as files that others read and write: JSONL and Parquet, in a process of their own."""
