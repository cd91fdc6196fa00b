"""The one error a parser raises for content it can't read."""

from dlt_pipelines.parsers.values import clean


class ParseError(Exception):
    """A report was refused; `reason` is a sentence for people, kept in quarantine.

    Attributes:
        reason: What is wrong with the content, without the file's name.
    """

    def __init__(self, reason: str) -> None:
        # it may quote the content, of which no table may hold everything
        self.reason = clean(reason)
        super().__init__(self.reason)
