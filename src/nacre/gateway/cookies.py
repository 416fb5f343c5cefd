"""The names of the platform's cookies, and how they and its tokens are kept from people's content."""

SESSION = "__Host-nacre-session"
CONTENT = "__Host-nacre-content"
STATE = "__Host-nacre-handoff"

# Whole cookies in a Cookie header. They begin with plain letters on purpose: Go finds those ten times faster than it
# runs an expression, and this runs on every request.
IN_REQUEST = (r"__Host-nacre-[a-z]+\s*=[^;]*;?\s*", r"nacre-session=[^;]*;?\s*")

# An access token of ours, sent to content by mistake.
AUTHORIZATION = r"^(?i:bearer)\s+nacre_.*$"

# A Set-Cookie for one of ours, however it is spelled: one without a name is sent back as its value alone.
IN_RESPONSE = r"(?i)^\s*=?[^=;]*nacre-[a-z]+\s*(=.*)?$"
