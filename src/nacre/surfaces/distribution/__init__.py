"""The protocol of image registries at /v2/, as docker, podman, skopeo and others speak it."""
