"""`python -m dagster_project run`: a job in this process, its summary as the last line."""

import argparse
import errno
import json
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_EXIT_CODES = {"published": 0, "unchanged": 0, "failed": 1, "gate_failed": 3}
_USAGE = 2
_INTERRUPTED = 130
_FULL = ("disk is full", os.strerror(errno.ENOSPC))
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0 published or unchanged, 1 failed, 2 wrong call, 3 gate failed, 130 stopped.
    """
    parser = argparse.ArgumentParser(
        prog="python -m dagster_project",
        description="Run a job of the warehouse in this process.",
        epilog="Example: python -m dagster_project run --project build/simulated",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="load, build, gate and publish")
    run.add_argument("--job", choices=["nightly", "weekly"], default="nightly")
    run.add_argument("--project", type=Path, help="project folder, else `TESTOPS_PROJECT`")
    run.add_argument(
        "--progress",
        choices=["auto", "plain", "json"],
        default="auto",
        help="how the run is shown on standard error; lines when that is no terminal",
    )
    options = parser.parse_args(arguments)
    if options.project is not None:
        if not options.project.is_dir():
            parser.error(f"project folder `{options.project}` does not exist")
        os.environ["TESTOPS_PROJECT"] = str(options.project.resolve())
    return _run(options.job, options.progress)


def _run(job: str, progress: str) -> int:
    """Run a job; dbt reads the models while the libraries are loaded."""
    from dagster import DagsterExecutionInterruptedError

    from dagster_project.home import home, make_folder
    from dagster_project.manifest import ModelsError, manifest
    from dagster_project.observer import display
    from dlt_pipelines.config import HOME_VARIABLE, ConfigurationError
    from expectations.publishing.files import LockedError, exclusive_lock

    shown_by = display(progress)
    try:
        current = home()
        make_folder(current)
        with exclusive_lock(current.run_lock, "a run"), ThreadPoolExecutor(1) as pool:
            reading = pool.submit(manifest, current)
            from dagster_project.running import BusyError, execute

            try:
                summary = execute(job, current, reading, shown_by)
            except BusyError as error:
                return _fail(str(error), _EXIT_CODES["failed"])
    except (KeyboardInterrupt, DagsterExecutionInterruptedError):
        return _fail("the run was stopped", _INTERRUPTED)
    except ConfigurationError as error:
        return _fail(str(error), _USAGE)
    except (LockedError, ModelsError) as error:
        return _fail(str(error), _EXIT_CODES["failed"])
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FORBIDDEN and error.filename:
            return _fail(
                f"`{error.filename}` can't be written: {error.strerror}; give this user the right,"
                f" or name another folder in {HOME_VARIABLE}",
                _EXIT_CODES["failed"],
            )
        # Whatever writes can meet it: Dagster's records, dlt's files, DuckDB, ourselves.
        if not any(words in str(error) for words in _FULL):
            raise
        return _fail(
            f"the disk of `{current.settings.home}` is full; make room and run again:"
            " what was loaded stays",
            _EXIT_CODES["failed"],
        )
    finally:
        shown_by.close()
    sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
    return _EXIT_CODES[summary["status"]]


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"error: {message}\n")
    sys.stdout.write(json.dumps({"status": "failed", "error": message}) + "\n")
    return code


if __name__ == "__main__":
    # Who is started in the background by a shell inherits that it does not hear this signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
