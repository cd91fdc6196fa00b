"""Unit tests that `make build` need not run again: all that decides their result is as it was.

A unit test brings its own rows. What can change its result is the test, its model, the macros, the
variables, and the columns of the inputs, which its rows are cast to. A model with a contract has
the columns that the contract says; any other has what its own inputs give it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt.contracts.graph.nodes import UnitTestDefinition


class ProvenTests:
    """The unit tests of a project that passed, each with a hash of what decided it.

    Args:
        file: where the hashes are kept; a file that is not there, or is cut off, proves nothing.
        manifest: the project as it is now.
        settings: what else decides, as the variables given to dbt.
    """

    def __init__(self, file: Path, manifest: "Manifest", settings: Sequence[str]) -> None:
        self._file, self._manifest = file, manifest
        self._columns: dict[str, str] = {}
        macros = sorted((name, macro.macro_sql) for name, macro in manifest.macros.items())
        self._common = _hash([list(settings), macros])
        self._now = {name: self._decided_by(test) for name, test in manifest.unit_tests.items()}
        self._known = _read(file)
        self._left_out: dict[str, UnitTestDefinition] = {}

    def leave_out(self) -> None:
        """Take the unit tests out of the manifest that passed as they are now."""
        for name, decided_by in self._now.items():
            if self._known.get(name) == decided_by:
                self._left_out[name] = self._manifest.unit_tests.pop(name)

    def bring_back(self) -> None:
        """Put the tests that were left out into the manifest again."""
        self._manifest.unit_tests.update(self._left_out)
        self._left_out = {}

    def keep(self, results: Iterable[tuple[str, bool]]) -> None:
        """Write down which tests passed, by unique id; one that failed is proven no more."""
        for name, passed in results:
            if name in self._now:
                self._known[name] = self._now[name] if passed else ""
        known = {name: value for name, value in self._known.items() if name in self._now}
        written = self._file.with_suffix(".new")
        written.write_text(json.dumps(known, indent=0, sort_keys=True), encoding="utf-8")
        written.replace(self._file)

    def _decided_by(self, test: "UnitTestDefinition") -> str:
        (name,) = test.depends_on.nodes
        model: Any = self._manifest.nodes[name]
        inputs = {one: self._columns_of(one) for one in sorted(model.depends_on.nodes)}
        return _hash([self._common, test.checksum, _written(model), inputs])

    def _columns_of(self, name: str) -> str:
        """Return a hash of all that the columns of a node come from."""
        if name not in self._columns:
            node: Any = self._manifest.nodes.get(name) or self._manifest.sources[name]
            contract = getattr(node, "contract", None)
            if contract is not None and contract.enforced:
                self._columns[name] = str(contract.checksum)
            else:
                below = [self._columns_of(one) for one in sorted(node.depends_on_nodes)]
                self._columns[name] = _hash([_written(node), below])
        return self._columns[name]


def _written(node: Any) -> list[Any]:
    """Return what a node's files say of it; nothing for a table that a loader made."""
    contract = getattr(node, "contract", None)
    return [
        node.checksum.checksum if hasattr(node, "checksum") else node.unique_id,
        getattr(contract, "checksum", None),
        node.unrendered_config,
    ]


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _read(file: Path) -> dict[str, str]:
    try:
        found: Mapping[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return dict(found)
