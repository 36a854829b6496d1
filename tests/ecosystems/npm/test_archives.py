import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from packhouse.domain.errors import Invalid, TooLarge
from packhouse.ecosystems.npm.package_json import PackageFacts, read_package
from packhouse.formats.archive import Rules
from tests.clients.programs import client
from tests.ecosystems.npm.published import NAME, VERSION, document, pack, pack_package, publication, publish

MANIFEST = {"name": NAME, "version": VERSION}
JSON = json.dumps(MANIFEST).encode()


def facts(files: dict[str, bytes]) -> PackageFacts:
    return read_package([pack(files)])


def test_the_facts_of_an_archive_are_read() -> None:
    found = facts(
        {
            "any-root/package.json": b"\xef\xbb\xbf" + JSON,
            "any-root/Readme.md": "# é".encode(),
            "any-root/README": b"not this one",
            "any-root/lib/readme.md": b"nor this",
            "any-root/lib/a.js": b"12345",
            "any-root/npm-shrinkwrap.json": b"{}",
        }
    )
    assert found.manifest == MANIFEST
    assert (found.readme, found.readme_filename) == ("# é", "Readme.md")
    assert (found.file_count, found.has_shrinkwrap, found.has_gyp) == (6, True, False)
    assert found.unpacked_bytes == 3 + len(JSON) + 4 + 12 + 8 + 5 + 2


def test_a_readme_is_cut_between_characters() -> None:
    found = facts({"package/package.json": JSON, "package/README.md": "é".encode() * 40_000 + b"x"})
    assert found.readme == "é" * 32_768
    found = facts({"package/package.json": JSON, "package/README.md": b"x" + "é".encode() * 40_000})
    assert found.readme == "x" + "é" * 32_767


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "no package.json"),
        ({"package/index.js": b""}, "no package.json"),
        ({"package/lib/package.json": JSON}, "no package.json"),
        ({"package.json": JSON}, "beside the archive's top folder"),
        ({"package/package.json": JSON, "other/package.json": JSON}, "several folders"),
        ({"package/package.json": JSON, "package/Package.json": b"{}"}, "one file on some disks"),
        ({"package/package.json": b"[]"}, "no object"),
        ({"package/package.json": b"{"}, "no JSON"),
        ({"package/package.json": b'{"name":"a","name":"b"}'}, "twice"),
        ({"package/package.json": b"[" * 100_000}, "nested too deeply"),
        ({"package/package.json": b'{"x":NaN}'}, "no JSON"),
        ({"package/package.json": JSON, "package/../../x": b""}, "leads out"),
        ({"package/package.json": JSON, "/etc/passwd": b""}, "absolute"),
    ],
)
def test_an_archive_that_is_no_package_is_refused(files: dict[str, bytes], sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        facts(files)


def test_what_is_over_a_limit_is_too_large() -> None:
    with pytest.raises(TooLarge, match=r"package\.json"):
        facts({"package/package.json": JSON + b" " * (1 << 20)})
    with pytest.raises(TooLarge, match="entries"):
        read_package([pack({f"package/{number}": b"" for number in range(11)})], Rules(entries=10))


def test_an_archive_that_is_cut_off_is_refused() -> None:
    with pytest.raises(Invalid, match="cut off"):
        read_package([pack({"package/package.json": JSON})[:-9]])


def test_readmes_in_many_folders_are_not_kept() -> None:
    with pytest.raises(Invalid, match="several folders"):
        facts({f"{number}/README.md": bytes(1000) for number in range(3)})


@pytest.mark.parametrize(
    ("packed", "sent"),
    [
        ({"scripts": {"postinstall": "node evil.js"}}, {}),
        ({}, {"scripts": {"postinstall": "node evil.js"}}),
        ({"scripts": {"install": "node-gyp rebuild"}}, {}),
        ({"scripts": {"install": "node evil.js"}}, {"scripts": {"install": "node-gyp rebuild"}}),
        ({"dependencies": {"evil": "1"}}, {}),
        ({"dependencies": {"plum": "^1.0.0"}}, {"dependencies": {"plum": "^2.0.0"}}),
        ({"dependencies": {"plum": "github:farm/plum"}}, {"dependencies": {"plum": "github:evil/plum"}}),
        ({"dependencies": {"plum": "farm/plum#1"}}, {"dependencies": {"plum": "github:farm/plum#2"}}),
        ({"optionalDependencies": {"evil": "1"}}, {}),
        ({"optionalDependencies": {"plum": "1"}, "dependencies": {"plum": "2"}}, {"dependencies": {"plum": "2"}}),
        ({"peerDependencies": {"plum": "1"}}, {}),
        ({"peerDependenciesMeta": {"plum": {"optional": True}}}, {}),
        ({"devDependencies": {"plum": "1"}}, {}),
        ({"acceptDependencies": {"plum": "1"}}, {}),
        ({"bundleDependencies": ["plum"]}, {}),
        ({"bin": {"ls": "evil.js"}}, {}),
        ({"bin": "run.js"}, {"bin": {"ls": "run.js"}}),
        ({"directories": {"bin": "bins"}}, {"bin": {"ls": "other/ls"}}),
        ({"directories": {"bin": "bins"}}, {"bin": {"ls": "bins/other"}}),
        ({"license": "MIT"}, {"license": "GPL-3.0-only"}),
        ({"engines": {"node": ">=20"}}, {"engines": {"node": ">=10"}}),
        ({"os": ["linux"]}, {}),
        ({"cpu": "x64"}, {"cpu": "arm64"}),
        ({"libc": "musl"}, {}),
        ({"version": "9.9.9"}, {}),
        ({"name": "@farm/other"}, {}),
        ({"name": ["@farm/cider"]}, {}),
    ],
)
def test_a_manifest_that_hides_what_was_packed_is_refused(packed: dict[str, Any], sent: dict[str, Any]) -> None:
    archive = pack_package({**MANIFEST, **packed}, **{"bins/ls": b"", "server.js": b""})
    with pytest.raises(Invalid, match="another one in the manifest than in the archive"):
        publish(publication(archive, {**MANIFEST, **sent}))


@pytest.mark.parametrize(
    ("packed", "sent"),
    [
        ({"scripts": {"test": "x"}}, {"scripts": {"test": "x", "install": "node-gyp rebuild"}}),
        ({}, {"scripts": {"start": "node server.js"}}),
        ({}, {"scripts": {"start": "node server.js", "install": "node-gyp rebuild"}}),
        ({"scripts": {"a": "", "b": 1, "c": "./node_modules/.bin/tap"}}, {"scripts": {"c": "tap"}}),
        ({"bin": "./run.js"}, {"bin": {"cider": "run.js"}}),
        ({"bin": {"../../x": "./a/../run.js"}}, {"bin": {"x": "run.js"}}),
        ({"bin": ["./bin/one"]}, {"bin": {"one": "bin/one"}}),
        ({"directories": {"bin": "./bins"}}, {"bin": {"ls": "bins/ls"}}),
        ({"bundledDependencies": ["plum"]}, {"bundleDependencies": ["plum"], "dependencies": {"plum": "*"}}),
        (
            {"bundleDependencies": True, "dependencies": {"a": "1"}},
            {"bundleDependencies": ["a"], "dependencies": {"a": "1"}},
        ),
        ({"dependencies": {"plum": "farm/plum#v1"}}, {"dependencies": {"plum": "github:farm/plum#v1"}}),
        (
            {"dependencies": {"plum": "git+ssh://git@github.com:farm/plum.git"}},
            {"dependencies": {"plum": "git+ssh://git@github.com/farm/plum.git"}},
        ),
        ({"dependencies": {"a": "1"}, "optionalDependencies": {"a": "2"}}, {"optionalDependencies": {"a": "2"}}),
        ({"version": "v1.2.0"}, {}),
        ({"version": "1.2.0+build"}, {}),
        ({"os": "linux"}, {"os": ["linux"]}),
        ({"dependencies": {}}, {}),
        ({"author": "Ada"}, {"author": {"name": "Ada"}}),
    ],
)
def test_what_clients_spell_in_another_way_is_the_same(packed: dict[str, Any], sent: dict[str, Any]) -> None:
    archive = pack_package({**MANIFEST, **packed}, **{"bins/ls": b""})
    assert publish(publication(archive, {**MANIFEST, **sent}))["version"] == VERSION


@pytest.mark.parametrize("dependencies", [3, "a@1", ["a"], {"a": 1}, {"a": None}, {"a": {}}])
def test_dependencies_of_a_wrong_type_are_refused(dependencies: object) -> None:
    with pytest.raises(Invalid, match="not an object of names and ranges"):
        publish(document(dependencies=dependencies))


def test_commands_never_lead_out_of_their_folder() -> None:
    commands = {"../../../usr/bin/ls": "../../etc/passwd", "@scope/x": "./run.js", "c:\\evil": "a\\b.js", "..": "x"}
    assert publish(document(bin=commands))["bin"] == {"ls": "etc/passwd", "x": "run.js", "evil": "a/b.js"}


def test_that_installing_runs_something_is_told_from_what_was_packed() -> None:
    def stored(manifest: dict[str, Any], **files: bytes) -> dict[str, Any]:
        whole = {**MANIFEST, **manifest}
        return publish(publication(pack_package(whole, **files), whole))

    assert stored({"scripts": {"postinstall": "x"}})["hasInstallScript"] is True
    assert stored({"hasInstallScript": False}, **{"binding.gyp": b""})["hasInstallScript"] is True
    assert "hasInstallScript" not in stored({"hasInstallScript": True})
    assert "hasInstallScript" not in stored({"gypfile": False}, **{"binding.gyp": b""})
    assert stored({"_hasShrinkwrap": False}, **{"npm-shrinkwrap.json": b"{}"})["_hasShrinkwrap"] is True
    assert "_hasShrinkwrap" not in stored({"_hasShrinkwrap": True})


@pytest.mark.client
@pytest.mark.timeout(300)
def test_what_npm_packs_is_read_as_it_was_packed(tmp_path: Path) -> None:
    program = client("npm").program
    for seed in range(4):
        folder = tmp_path / str(seed)
        files = _generate(random.Random(seed))
        for path, body in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body)
        told = subprocess.run(
            [*program, "pack", "--json", "--ignore-scripts", "--offline"],
            cwd=folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        [packed] = json.loads(told.stdout)

        found = read_package([(folder / packed["filename"]).read_bytes()])

        assert found.files == {file["path"] for file in packed["files"]} == files.keys()
        assert (found.file_count, found.unpacked_bytes) == (packed["entryCount"], packed["unpackedSize"])
        assert found.manifest["version"] == packed["version"]
        shutil.rmtree(folder)


def _generate(chance: random.Random) -> dict[str, bytes]:
    """Make files whose paths need every kind of header: short ones, long ones, some that are not ASCII."""
    names = ["a", "index.js", "lang-日本語.json", "é" * 60, "n" * 120, "with space", "-dash", "p+q@r"]
    folders = ["", "lib/", "long-" * 18 + "/", "l" * 90 + "/" + "m" * 90 + "/", "ö/"]
    files = {
        f"{chance.choice(folders)}{chance.choice(names)}.{number}": chance.randbytes(
            chance.choice([0, 1, 511, 512, 9000])
        )
        for number in range(25)
    }
    return {**files, "package.json": JSON, "README.md": b"# Cider"}
