"""Questions about frameworks, and NuGet's own answers to them.

`python frameworks.py SEED COUNT NUGET_EXE > ../../cases/nuget/frameworks.txt` records
answers, one before each question.
"""

import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
TARGETS = (
    *("net5.0", "net6.0", "net7.0", "net5.0-windows", "net6.0-windows10.0.19041", "netcoreapp3.1", "netcoreapp2.1"),
    *("netcoreapp1.0", "netstandard2.1", "netstandard2.0", "netstandard1.6", "netstandard1.3", "netstandard1.0"),
    *("net48", "net472", "net461", "net46", "net451", "net45", "net40", "net35", "net20", "uap10.0", "uap10.0.16299"),
    *("monoandroid9.0", "xamarinios10", "win8", "win81", "wpa81", "wp8", "tizen4.0", "net40-client", "dnx451"),
    *(
        "netcore50",
        "sl5",
        "dnxcore50",
        "monotouch",
        "net481",
        "net5.0-android",
        "uap10.0.10240",
        "netstandard1.5",
        "win",
    ),
)
CANDIDATES = (
    *TARGETS,
    *(
        ".NETStandard2.0",
        ".NETStandard1.3",
        ".NETFramework4.5",
        ".NETFramework4.6.1",
        ".NETCoreApp3.1",
        ".NETFramework3.5",
    ),
    *(
        "portable-net45+win8",
        "portable-net45+win8+wpa81",
        "portable-net40+sl5+win8+wp8",
        "portable-net45+win8+wp8+wpa81",
    ),
    *(
        "portable-net45+win81+wpa81",
        ".NETPortable4.5-Profile259",
        ".NETPortable0.0-Profile328",
        "portable-net451+win81",
    ),
    *("portable-net451+win81+wpa81", "portable-win81+wpa81", "portable-wp81+wpa81", "portable-win81+wp81+wpa81"),
    *(
        "net5.0-android",
        "net6.0-windows7.0",
        "net5.0-windows10.0.18362",
        "netcoreapp5.0",
        "net50",
        ".NETCoreApp,Version=v2.0",
    ),
    *(
        ".NETFramework,Version=v4.0,Profile=Client",
        "net45-cf",
        "sl4",
        "sl3-wp",
        "uap10.0.15064",
        "net11",
        "netmf",
        "dnx46",
    ),
    *(
        "xamarintvos",
        "xamarinwatchos",
        "monomac",
        "monotouch10",
        "netstandardapp1.5",
        "aspnet50",
        "aspnetcore50",
        "tizen",
    ),
    *("portable-net40+win8", "portable-net45+sl5", "portable-win81+wp81", ".NETPortable4.5-Profile111", "dotnet5.4"),
    *("dotnet", "dotnet5.1", "dotnet5.6", "netstandard", "net", "any", "native", "strange9", "net452", "net47", "win"),
    *(
        "netstandard1.1",
        "netstandard1.4",
        "netcoreapp2.0",
        "netcoreapp3.0",
        "monoandroid",
        "xamarinmac20",
        "uap",
        "wp7",
    ),
    *(
        "portable-net45+win8+wpa81+monoandroid+monotouch",
        "net403",
        "netstandard1.5",
        "winrt45",
        "netcore45",
        "agnostic",
    ),
)


def questions(seed: int, count: int) -> Iterator[str]:
    """Invent questions; the same seed gives the same ones."""
    chance = random.Random(seed)
    for _ in range(count):
        candidates = chance.sample(CANDIDATES, chance.randint(1, chance.choice((2, 4, 7))))
        yield f"{chance.choice(TARGETS)}\t{' '.join(candidates)}"


def ask(asked: Sequence[str], program: Path, folder: Path) -> list[str]:
    """Build the oracle from the client, and let it answer."""
    shutil.copy(program, folder / "NuGet.exe")
    command = ["mcs", "-r:NuGet.exe", str(HERE / "Frameworks.cs"), "-out:frameworks.exe"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    text = "".join(f"{question}\n" for question in asked)
    command = ["mono", str(folder / "frameworks.exe")]
    return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout.split()


if __name__ == "__main__":
    wanted = list(questions(int(sys.argv[1]), int(sys.argv[2])))
    with tempfile.TemporaryDirectory() as temporary:
        for told in zip(ask(wanted, Path(sys.argv[3]), Path(temporary)), wanted, strict=True):
            sys.stdout.write("\t".join(told) + "\n")
