"""`python -m dagster_project.dbt_command build …`: dbt, saying what Dagster and people read.

dbt makes and formats every event, for the screen and for `dbt.log`, before it asks whether anybody
wants it, which is a third of its time. Here only events of level `info` and above are made and
written: as JSON lines on standard output, as text in `dbt.log`. The SQL that ran lies in
`target/run`.
"""

import json
import os
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

SALT_VARIABLE = "TESTOPS_AUTHOR_SALT"
_TOLD = frozenset({"info", "warn", "error"})
_FAILED, _BROKEN = 1, 2
_QUIETLY = ("--log-level", "none", "--log-level-file", "none")


def main(arguments: Sequence[str]) -> int:
    """Run dbt; 0 done, 1 something failed, 2 dbt could not run, as the command `dbt`."""
    from dbt.cli.main import dbtRunner

    make_no_debug_events()
    folder = Path(os.environ["DBT_LOG_PATH"])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "dbt.log").open("a", encoding="utf-8") as log:
        log.write(f"== dbt {' '.join(arguments)}\n")
        runner = dbtRunner(callbacks=[_Relay(sys.stdout, log)])
        is_build = "build" in arguments
        told = ["--no-write-json"] if is_build else []
        result = runner.invoke([*_QUIETLY, *told, *with_salt(arguments)])
        if result.exception is not None:
            log.write(f"{result.exception}\n")
            sys.stdout.write(f"{result.exception}\n")
            return _BROKEN
    if is_build:
        # The models were read and written down before; dbt would write them twice again.
        result.result.write(str(Path(os.environ["DBT_TARGET_PATH"]) / "run_results.json"))
    return 0 if result.success else _FAILED


def with_salt(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the salt of authors among dbt's variables.

    It comes by the environment: every user of the machine can read the arguments of a process, and
    Dagster and `dbt.log` keep them.
    """
    given = list(arguments)
    salt = os.environ.get(SALT_VARIABLE)
    if salt and "--vars" in given:
        place = given.index("--vars") + 1
        given[place] = json.dumps(json.loads(given[place]) | {"author_salt": salt}, sort_keys=True)
    return given


def make_no_debug_events() -> None:
    """Let dbt leave events of level `debug` empty and untold; it has no setting for that."""
    from dbt_common.events.base_types import BaseEvent, DebugLevel, EventLevel
    from dbt_common.events.event_manager import EventManager

    debug: Any = DebugLevel
    managers: Any = EventManager
    tell = managers.fire_event

    def make_empty(event: DebugLevel, *_: Any, **__: Any) -> None:
        event.pb_msg = getattr(event.PROTO_TYPES_MODULE, type(event).__name__)()

    def tell_others(
        manager: EventManager,
        e: BaseEvent,
        level: EventLevel | None = None,
        *rest: Any,
        **more: Any,
    ) -> None:
        if not isinstance(e, DebugLevel):
            tell(manager, e, level, *rest, **more)

    debug.__init__ = make_empty
    managers.fire_event = tell_others


class _Relay:
    """Writes events of dbt; called from all of its threads."""

    def __init__(self, screen: TextIO, log: TextIO) -> None:
        self._screen, self._log = screen, log
        self._lock = threading.Lock()

    def __call__(self, event: Any) -> None:
        """Write an event that somebody reads."""
        if event.info.level not in _TOLD:
            return
        from dbt_common.events.functions import msg_to_dict

        now = datetime.now(UTC).strftime("%H:%M:%S.%f")
        line = json.dumps(msg_to_dict(event), default=str)
        with self._lock:
            self._log.write(f"{now} [{event.info.level}] {event.info.msg}\n")
            try:
                self._screen.write(f"{line}\n")
                self._screen.flush()
            except BrokenPipeError:
                # Whoever started this was killed. What would be made now, nobody would gate or
                # publish, and the next run waits for the build file: end like a kill, at once.
                self._log.flush()
                os._exit(_BROKEN)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
