"""The one error a parser raises for content it can't read."""


class ParseError(Exception):
    """A report was refused; `reason` is a sentence for people, kept in quarantine.

    Attributes:
        reason: What is wrong with the content, without the file's name.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
