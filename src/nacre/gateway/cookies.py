"""The names of the platform's cookies, and how they are kept from people's content."""

SESSION = "__Host-nacre-session"
CONTENT = "__Host-nacre-content"
STATE = "__Host-nacre-handoff"

# Whole cookies whose name ends in one of ours, with or without a prefix, in a Cookie header and in a Set-Cookie.
IN_REQUEST = r"(?i)[^;\s]*nacre-(session|content|handoff)\s*=[^;]*;?\s*"
IN_RESPONSE = r"(?i)^[^=;]*nacre-(session|content|handoff)\s*(=.*)?$"
