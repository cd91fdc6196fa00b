"""`testops webhook serve` before a receiver is started."""

import pytest
from typer.testing import CliRunner

from dlt_pipelines.webhooks.vendors import VENDORS
from testops.cli.app import app
from testops.cli.webhooks import KNOWN_VENDORS


def test_vendors_are_those_that_have_a_receiver():
    assert set(KNOWN_VENDORS) == set(VENDORS)


def test_an_unknown_vendor_is_named_with_those_that_there_are(monkeypatch):
    monkeypatch.setattr("subprocess.Popen", lambda *_, **__: pytest.fail("it was started"))
    done = CliRunner().invoke(app, ["webhook", "serve", "--vendor", "what"])
    assert done.exit_code == 2
    assert "there is no vendor `what`; choose from github, gitlab" in done.stderr
