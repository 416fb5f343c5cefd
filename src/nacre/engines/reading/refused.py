"""What a parser says of a document that it does not read."""


class Refused(Exception):
    """`code` and what the document is or does, as the end of a sentence."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
