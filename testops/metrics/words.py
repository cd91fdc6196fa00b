"""Foreign words in messages: what may be meant, and nothing that a terminal would obey."""

import difflib
from collections.abc import Iterable, Mapping


def meant(name: str, words: Mapping[str, Iterable[str]]) -> str:
    """Return a question that names what may be meant, empty when nothing is near.

    Args:
        name: what was asked for.
        words: known names, each with other words for it.
    """
    known = {word.lower(): target for target, others in words.items() for word in (target, *others)}
    spoken = name.lower().replace("-", " ")
    near = difflib.get_close_matches(spoken, known, n=3, cutoff=0.6)
    near += [word for word in known if len(spoken) > 3 and spoken in word.replace("_", " ")]
    near += difflib.get_close_matches(spoken.replace(" ", "_"), known, n=3, cutoff=0.6)
    targets = list(dict.fromkeys(known[word] for word in near))[:3]
    return f" (did you mean {' or '.join(f'`{one}`' for one in targets)}?)" if targets else ""


def shown(name: str) -> str:
    """Return a name for a message: cut, without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)[:80]
