"""Runs the analysis of a release in a folder of its own, at the lowest priority, for so long and with so much memory.

What is analysed is compiled to be looked at, not run; all that it may fetch comes from the server that is named.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from packhouse.domain.capability import Analysis
from packhouse.domain.errors import ConfigError, Invalid, TooHard

_NICE = ("nice", "-n", "19")
_MOST_OUTPUT_BYTES = 64 << 20
_FILE_BYTES = 2 << 30
_SAID = 2000
_LOOK_S = 0.2


def analyse(analysis: Analysis, timeout_s: float, is_over: Callable[[], bool] = lambda: False) -> bytes:
    """Run all steps; return what the last one wrote. Raise ConfigError, Invalid for a failure, or TooHard.

    `is_over` is asked now and then from this thread, and ends everything.
    """
    for step in analysis.steps:
        if shutil.which(step[0]) is None:
            raise ConfigError(f"there is no program {step[0]}", "install it, or import what it wrote elsewhere")
    ends_at = time.monotonic() + timeout_s
    with tempfile.TemporaryDirectory(prefix="packhouse-") as temporary:
        folder = Path(temporary, "work")
        folder.mkdir()
        for name, body in analysis.files.items():
            (folder / name).write_bytes(body)
        told = {name: value.replace("{folder}", temporary) for name, value in analysis.environment.items()}
        environment = {"PATH": os.environ.get("PATH", os.defpath), "TMPDIR": temporary, **told}
        output = Path(temporary, "output")
        for step in analysis.steps:
            _run(step, folder, environment, output, lambda: is_over() or time.monotonic() > ends_at)
        if output.stat().st_size > _MOST_OUTPUT_BYTES:
            raise Invalid(f"the analysis has written more than {_MOST_OUTPUT_BYTES >> 20} MiB")
        return output.read_bytes()


def _run(
    step: Sequence[str], folder: Path, environment: Mapping[str, str], output: Path, is_over: Callable[[], bool]
) -> None:
    errors = output.with_suffix(".errors")
    with output.open("wb") as out, errors.open("wb") as err:
        process = subprocess.Popen(  # noqa: S603 (a plan of ours)
            [*_NICE, *step],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        if sys.platform == "linux":
            import resource  # noqa: PLC0415 (not there on every system)

            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
        try:
            while (status := _wait(process)) is None:
                if is_over():
                    raise TooHard(f"{step[0]} has not come to an end in time", "allow it more")
        finally:
            # What it has started ends with it.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if status:
        said = errors.read_text(encoding="utf-8", errors="replace")[-_SAID:].strip()
        raise Invalid(f"{step[0]} has failed: {said or f'status {status}'}")


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return None
