"""The content security policy of the console: its own files only, no inline script, nobody may frame it."""


def content_security_policy(frames: str) -> str:
    """`frames` is the origin of previews that the console shows beside the code.

    Styles may be inline: the editor and the terminal make theirs while they run.
    """
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "manifest-src": "'self'",
        "media-src": "'self' blob:",
        "frame-src": f"'self' {frames}".strip(),
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())


IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose name changes with their content."""

ALWAYS_ASK = "no-cache"
"""For the page that names those files."""

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
