"""Files of many kinds as Markdown: what is read by others' parsers is read in a process that can do no harm."""
