"""Whom this machine trusts when it speaks TLS to others."""

import ssl


def trusting() -> ssl.SSLContext:
    """By the authorities of the system, or certifi's for a Python that knows of none. Keep it: each call reads them."""
    context = ssl.create_default_context()
    places = ssl.get_default_verify_paths()
    if places.cafile is None and places.capath is None:  # a Python that was built elsewhere
        import certifi

        context.load_verify_locations(certifi.where())
    return context
