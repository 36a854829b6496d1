"""The API of a whole server in a process of its own."""

import json
import signal
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from packhouse.cli.main import run
from tests.clients.registry import Registry, serving_registry
from tests.faults.server import serving, write_settings


def _read(url: str, question: object = None) -> Any:  # noqa: ANN401 (any JSON)
    body = None if question is None else json.dumps(question).encode()
    with urlopen(Request(url, body)) as reply:  # noqa: S310 (our own address)
        return json.load(reply)


def test_what_was_downloaded_is_still_known_after_a_restart_and_every_way_of_asking_agrees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    registry = Registry()
    registry.publish("plum", "1.0.0", description="A plum", dependencies={"stone": "^1.0.0"})
    with serving_registry(registry):
        settings = write_settings(tmp_path, registry.url)
        with serving(settings) as (process, port):
            address = f"http://127.0.0.1:{port}"
            OpenAPIV31SpecValidator(_read(f"{address}/openapi.json")).validate()
            served = _read(f"{address}/packages/v1/registries")["registries"]
            assert "npm" in {each["registry"] for each in served}
            plum = {"registry": "NodeJS", "package": "plum"}
            assert _read(f"{address}/packages/v1/package", plum)["latest"] == "1.0.0"
            for _ in range(4):
                with urlopen(f"{address}/npm/plum/-/plum-1.0.0.tgz") as reply:  # noqa: S310 (our own address)
                    assert reply.read() == registry.tarball("plum", "1.0.0")
            assert _read(f"{address}/packages/v1/downloads", plum)["through_here"]["total"] == 4
            with urlopen(f"{address}/npm/plum/-/plum-1.0.0.tgz") as reply:  # noqa: S310 (our own address)
                reply.read()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) in (0, -signal.SIGTERM)
        with serving(settings) as (_, port):
            address = f"http://127.0.0.1:{port}"
            found = _read(f"{address}/packages/v1/downloads?registry=npm&package=plum&period=last-day")
            assert found["through_here"]["total"] == 5
            with pytest.raises(HTTPError) as failed:
                _read(f"{address}/packages/v1/package", {"registry": "npm", "package": "prune"})
            with failed.value as error:
                assert json.load(error)["error"]["code"] == "unknown_package"
            assert run(["deps", "npm/plum", "--json", "--port", str(port)]) == 0
            by_server = json.loads(capsys.readouterr().out)
            assert by_server == _read(f"{address}/packages/v1/dependencies", plum)
        # Nobody serves any more: the command does it itself, on the same data.
        assert run(["deps", "npm/plum", "--json", "--config", str(settings), "--port", str(port)]) == 0
        assert json.loads(capsys.readouterr().out) == by_server
