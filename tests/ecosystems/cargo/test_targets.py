import shutil
import subprocess

import pytest

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.cargo.targets import DEFAULT_TARGET, TARGETS, check_target, counts

LINUX, WINDOWS, MAC = DEFAULT_TARGET, "x86_64-pc-windows-msvc", "aarch64-apple-darwin"


@pytest.mark.parametrize(
    ("platform", "where"),
    [
        (None, (LINUX, WINDOWS, MAC)),
        ("cfg(unix)", (LINUX, MAC)),
        ("cfg(windows)", (WINDOWS,)),
        ("cfg(not(windows))", (LINUX, MAC)),
        ('cfg(target_os = "macos")', (MAC,)),
        ('cfg(any(target_os="linux", target_arch = "aarch64"))', (LINUX, MAC)),
        ('cfg(all(unix, not(any(target_vendor = "apple", target_env = "musl"))))', (LINUX,)),
        ("cfg(all())", (LINUX, WINDOWS, MAC)),
        ("cfg(any())", ()),
        ("cfg(false)", ()),
        ("cfg(true)", (LINUX, WINDOWS, MAC)),
        ("x86_64-pc-windows-msvc", (WINDOWS,)),
        ('cfg(target_feature = "no,(such")', ()),
        ("cfg(loom)", ()),
        ("cfg(not(", ()),
    ],
)
def test_a_dependency_counts_on_the_platforms_that_it_is_for(platform: str | None, where: tuple[str, ...]) -> None:
    assert tuple(target for target in (LINUX, WINDOWS, MAC) if counts(platform, target)) == where


def test_a_platform_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Invalid, match="known are"):
        check_target("vax-dec-vms")


@pytest.mark.skipif(shutil.which("rustc") is None, reason="the compiler is not here")
@pytest.mark.parametrize("target", TARGETS)
def test_each_platform_is_as_the_compiler_tells_it(target: str) -> None:
    told = subprocess.run(["rustc", "--print", "cfg", "--target", target], capture_output=True, text=True, check=True)
    fields = ("arch", "vendor", "os", "env", "family", "pointer_width", "endian")
    for line in told.stdout.splitlines():
        if line in {"unix", "windows"} or line.partition("=")[0].removeprefix("target_") in fields:
            assert counts(f"cfg({line})", target), line
