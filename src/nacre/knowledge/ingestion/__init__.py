"""The queue that documents are added by: read, cut, embedded and written in the background, whatever is killed."""
