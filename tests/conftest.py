"""What every test shares."""

import pytest

from tests.shared import LEFT_OUT


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on the event loop that the server runs on."""
    return "asyncio"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end which shared data was missing, so that a green run cannot hide it."""
    missing = sorted({name for report in terminalreporter.getreports("skipped") if (name := _left_out(report))})
    if missing:
        terminalreporter.section("shared data left out")
        for name in missing:
            terminalreporter.line(name)


def _left_out(report: pytest.TestReport | pytest.CollectReport) -> str:
    reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
    return reason.partition(LEFT_OUT)[2]
