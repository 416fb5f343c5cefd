"""What a client is told when something cannot be done."""


class SqlError(Exception):
    """`sqlstate` has five characters; see "PostgreSQL Error Codes" in the manual for those that clients know."""

    def __init__(self, sqlstate: str, message: str, *, detail: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.sqlstate = sqlstate
        self.message = message
        self.detail = detail
        self.hint = hint


class BrokenProtocol(Exception):
    """What came is nothing that a client of PostgreSQL sends; the connection ends."""
