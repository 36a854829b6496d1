"""Forges are configured as upstreams and issuers are."""

from pathlib import Path

import pytest

from packhouse.adapters.upstream.defaults import DEFAULT_FORGES
from packhouse.config import load
from packhouse.domain.errors import ConfigError
from packhouse.domain.forge import Forge
from packhouse.domain.upstream import CredentialSource


def _forges(folder: Path, text: str) -> dict[str, Forge]:
    file = folder / "packhouse.toml"
    file.write_text(text, encoding="utf-8")
    return {forge.name: forge for forge in load({}, {}, file).forges}


def test_without_configuration_the_well_known_ones_are_asked(tmp_path: Path) -> None:
    assert tuple(_forges(tmp_path, "").values()) == DEFAULT_FORGES


def test_a_well_known_one_gets_a_token_and_can_be_switched_off(tmp_path: Path) -> None:
    forges = _forges(tmp_path, '[forges.github]\nsecret_file = "token"\n[forges.gitlab]\nenabled = false\n')
    assert forges["github"].credentials == CredentialSource(file=str(tmp_path / "token"))
    assert forges["github"].url == DEFAULT_FORGES[0].url
    assert not forges["gitlab"].enabled


def test_a_forge_of_ones_own_is_added(tmp_path: Path) -> None:
    text = '[forges.ours]\nkind = "gitlab"\nurl = "https://git.example/api/v4"\nhost = "git.example"\n'
    ours = _forges(tmp_path, text + 'secret_variable = "GIT_TOKEN"\n')["ours"]
    credentials = CredentialSource(variable="GIT_TOKEN")
    assert ours == Forge("ours", "gitlab", "https://git.example/api/v4", "git.example", credentials=credentials)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("forges = 1", "forges is no table"),
        ("[forges]\ngithub = 1", "forges.github is no table"),
        ("[forges.github]\ntoken = 'x'", "there is no setting token"),
        ("[forges.ours]\nkind = 'gitlab'", "no kind or no url"),
        ("[forges.ours]\nkind = 'sourcehut'\nurl = 'https://git.example'", "cannot be 'sourcehut'"),
        ("[forges.ours]\nkind = 'gitlab'\nurl = 'https://git.example'", "has no host"),
        ("[forges.ours]\nkind = 'gitlab'\nurl = 'https://a.example'\nhost = 'gitlab.com'", "two forges have the host"),
        ("[forges.github]\nuser = 'me'", "names no secret"),
        ("[forges.'Ours!']\nkind = 'gitlab'", "cannot be called"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        _forges(tmp_path, text)
