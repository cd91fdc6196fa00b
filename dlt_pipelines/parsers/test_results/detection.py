"""Which format a test report has, told by its content and never by its name.

Every rule is one that no other known format fulfils; what fulfils none is unknown.
"""

from collections.abc import Callable

from dlt_pipelines.parsers.head import Head

Rule = Callable[[Head], bool]


def detect(head: Head) -> str | None:
    """Return the name of the format, None when it isn't a known test report."""
    if head.root:
        rules = _XML
    elif head.is_json:
        rules = _JSON
    else:
        rules = _TEXT
    return next((name for name, rule in rules if rule(head)), None)


def _root(*names: str) -> Rule:
    return lambda head: head.root in names


def _is_junit(head: Head) -> bool:
    if head.root in ("testsuites", "testsuite", "testcase"):
        return "check.sourceforge" not in head.root_namespace
    return head.root == "testrun" and bool({"testsuite", "testcase"} & set(head.elements))


_XML: tuple[tuple[str, Rule], ...] = (("junit-xml", _is_junit),)

_JSON: tuple[tuple[str, Rule], ...] = ()

_TEXT: tuple[tuple[str, Rule], ...] = ()
