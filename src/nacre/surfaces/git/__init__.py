"""git's own protocol over HTTP, so that the git client clones, fetches and pushes. (gitprotocol-http(5))"""
