"""OCI images: layers, manifests, stores, and the protocol that moves them."""
