"""Settings of the writing side, and the only place that reads its environment.

Settings come from where dlt looks for them: environment variables in dlt's spelling
(`SOURCES__TEST_RESULTS__FILES`), then `.dlt/config.toml` of the project folder, then the same file
in dlt's folder for the whole machine. Two variables are our own:

* `TESTOPS_PROJECT`: the project folder, by default the current one;
* `TESTOPS_HOME`: the warehouse home, by default `warehouse` under the current folder.

Secrets are read by the resources that use them, through `secret`, and are kept nowhere.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dlt
from dlt.common.configuration.container import Container
from dlt.common.configuration.exceptions import ConfigProviderException
from dlt.common.configuration.providers import ConfigTomlProvider
from dlt.common.configuration.providers.dictionary import DictionaryProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.runtime.run_context import RunContext, global_dir

AUTHORS = ("full", "pseudonymous", "off")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PROJECT_VARIABLE = "TESTOPS_PROJECT"
HOME_VARIABLE = "TESTOPS_HOME"

# These win over whatever the project or the machine says: nothing here phones home, and the
# orchestrator, not dlt, talks to the user.
_OURS: dict[str, Any] = {
    "runtime": {
        "dlthub_telemetry": False,
        "log_level": "CRITICAL",
        # signals belong to whoever runs us; dlt may be started from a thread
        "intercept_signals": False,
    },
    "load": {"delete_completed_jobs": True, "workers": 2},
    "data_writer": {"buffer_max_items": 100_000},
}

# Names of settings which hold secrets, whoever wrote them where.
_SECRET_NAME = re.compile(r"(?:^|_)(?:token|secret|secrets|password|api_key|private_key)$")


class ConfigurationError(ValueError):
    """A setting is wrong; the message names it and says what to do next."""


@dataclass(frozen=True)
class Settings:
    """What every part of the writing side needs to know.

    Attributes:
        home: Warehouse home, absolute.
        project: Project folder, absolute; relative paths of sources start here.
        organisation: Name shown for the whole organisation, or None when none was given.
        is_simulated: True when the data was made by the simulator.
        business_time_zone: IANA name; applies only where dates are cut.
        first_day_of_week: English word, in small letters; applies only where weeks are cut.
        authors: What may be told of people: `full`, `pseudonymous` or `off`.
        author_salt: Text that makes the keys of people unguessable; never published, and in no log.
    """

    home: Path
    project: Path
    organisation: str | None
    is_simulated: bool
    business_time_zone: str
    first_day_of_week: str = "monday"
    authors: str = "pseudonymous"
    author_salt: str = field(default="", repr=False)

    @property
    def build_file(self) -> Path:
        """The private DuckDB file with one writer."""
        return self.home / "build.duckdb"

    @property
    def pipelines_folder(self) -> Path:
        """Working folders of the dlt pipelines."""
        return self.home / "dlt"

    @property
    def landing_folder(self) -> Path:
        """What vendor sources download for others to read: archives of reports."""
        return self.home / "landing"

    @property
    def quarantine_folder(self) -> Path:
        """Copies of the files that could not be read."""
        return self.home / "quarantine"


class _ProjectContext(RunContext):
    """dlt's run context, at the project folder and with our fixed settings first."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(str(settings.project))
        self._data_folder = settings.home

    @property
    def run_dir(self) -> str:
        return str(self._init_run_dir)

    @property
    def data_dir(self) -> str:
        return str(self._data_folder)

    def initial_providers(self) -> list[Any]:
        fixed = DictionaryProvider()
        for section, values in _OURS.items():
            fixed.set_value(section, dict(values), None)
        return [fixed, *super().initial_providers()]


def settings(project: Path | None = None) -> Settings:
    """Read the settings of this process.

    Args:
        project: Project folder; by default `TESTOPS_PROJECT`, else the current folder.

    Raises:
        ConfigurationError: The project folder or one of the values is not usable.
    """
    folder = (project or Path(os.environ.get(PROJECT_VARIABLE) or ".")).expanduser().resolve()
    if not folder.is_dir():
        raise ConfigurationError(
            f"project folder `{folder}` does not exist; name an existing one with `--project` "
            f"or `{PROJECT_VARIABLE}`"
        )
    # A link stays what it is: dbt reads all models anew for another path of the database.
    home = Path(os.environ.get(HOME_VARIABLE) or "warehouse").expanduser().absolute()
    values = _section(folder, "testops")
    time_zone = str(values.get("business_time_zone", "UTC"))
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigurationError(
            f"`testops.business_time_zone` is `{time_zone}`, which is no IANA time zone; "
            "write one such as `Europe/Berlin`"
        ) from error
    first_day = str(values.get("first_day_of_week", "monday"))
    if first_day not in WEEKDAYS:
        raise ConfigurationError(
            f"`testops.first_day_of_week` is `{first_day}`; write one of "
            f"{', '.join(f'`{word}`' for word in WEEKDAYS)}"
        )
    authors = str(values.get("authors", "pseudonymous"))
    if authors not in AUTHORS:
        raise ConfigurationError(
            f"`testops.authors` is `{authors}`; write one of {', '.join(f'`{w}`' for w in AUTHORS)}"
        )
    organisation = values.get("organisation")
    return Settings(
        home=home,
        project=folder,
        organisation=str(organisation) if organisation else None,
        is_simulated=_as_boolean("testops.simulated", values.get("simulated", False)),
        business_time_zone=time_zone,
        first_day_of_week=first_day,
        authors=authors,
        author_salt=str(values.get("author_salt", "")),
    )


def source_options(name: str, project: Path | None = None) -> Mapping[str, Any]:
    """Return the settings of section `sources.<name>`, without secrets; empty when there are none.

    Raises:
        ConfigurationError: The configuration file cannot be read.
    """
    folder = project or Path(os.environ.get(PROJECT_VARIABLE) or ".").expanduser().resolve()
    options = _section(folder, "sources", name)
    # what lies in the options may be shown or logged; a secret may not
    shown = {key: value for key, value in options.items() if not _SECRET_NAME.search(key)}
    return MappingProxyType(shown)


def path_list(options: Mapping[str, Any], section: str, key: str) -> tuple[str, ...]:
    """Return a setting that is one text or a list of texts, empty when it is missing.

    Raises:
        ConfigurationError: The value is something else.
    """
    value = options.get(key, ())
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ConfigurationError(
            f'`{section}.{key}` must be a list of texts, such as ["reports/**/*.xml"]; '
            f"it is `{value!r}`"
        )
    return tuple(text for text in texts if text)


def secret(source: str, key: str) -> str | None:
    """Return a secret of a source as dlt finds it, or None; call it inside a resource only."""
    # of no type that is asked for, or dlt takes it for no secret and writes it into its trace
    value = dlt.secrets.get(f"sources.{source}.{key}")
    return str(value) if value else None


def webhook_secrets(vendor: str) -> tuple[str, ...]:
    """Return the secrets that deliveries of a vendor may be signed with; several while they change.

    Raises:
        ConfigurationError: The value is neither one text nor a list of texts.
    """
    value = dlt.secrets.get(f"webhooks.{vendor}.secrets")
    if isinstance(value, str):
        value = _from_text(value) if value.lstrip().startswith("[") else [value]
    texts = [] if value is None else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ConfigurationError(
            f"`webhooks.{vendor}.secrets` must be one text or a list of texts; mend it in "
            "`.dlt/secrets.toml` or in the environment"
        )
    return tuple(text for text in texts if text)


def activate(current: Settings) -> None:
    """Point dlt at the project folder: its configuration, secrets and data folder.

    Asking for the context that is there would make dlt's own first, which starts its telemetry for
    the life of the process, whatever is set afterwards.
    """
    Container()[PluggableRunContext] = PluggableRunContext(_ProjectContext(current))


def _section(folder: Path, *path: str) -> dict[str, Any]:
    """Return one table of the configuration with the environment laid over it."""
    settings_folder = folder / ".dlt"
    try:
        provider = ConfigTomlProvider(str(settings_folder), global_dir())
    except ConfigProviderException as error:
        raise ConfigurationError(
            f"`{settings_folder / 'config.toml'}` cannot be read: {error}; mend the file"
        ) from error
    found, _ = provider.get_value(path[-1], dict, None, *path[:-1])
    values = dict(found) if isinstance(found, Mapping) else {}
    prefix = "__".join(path).upper() + "__"
    for variable, text in os.environ.items():
        if variable.startswith(prefix):
            values[variable.removeprefix(prefix).lower()] = _from_text(text)
    return values


def _from_text(text: str) -> Any:
    """Read a variable as JSON (lists, numbers, true and false), else as the text it is."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _as_boolean(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).strip().lower() in {"true", "1", "yes"}:
        return True
    if str(value).strip().lower() in {"false", "0", "no", ""}:
        return False
    raise ConfigurationError(f"`{name}` is `{value}`; write true or false")
