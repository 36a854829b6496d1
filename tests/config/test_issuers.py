"""What the tables of issuers promise."""

from pathlib import Path

import pytest

from packhouse.adapters.upstream.defaults import DEFAULT_ISSUERS
from packhouse.app import audiences
from packhouse.config import Config, load
from packhouse.domain.errors import ConfigError
from packhouse.domain.trust import Issuer

OURS = "[issuers.forge]\nkind = 'gitlab'\nurl = 'https://forge.example'\nkeys = 'https://forge.example/keys'\n"


def loaded(folder: Path, text: str, **flags: str) -> Config:
    """Load settings with such a file."""
    path = folder / "packhouse.toml"
    path.write_text(text)
    return load({"data": str(folder), **flags}, {}, path)


def test_nobodys_identities_count_by_themselves(tmp_path: Path) -> None:
    config = loaded(tmp_path, "")
    assert config.issuers == DEFAULT_ISSUERS
    assert not any(issuer.enabled for issuer in config.issuers)
    assert audiences(config) == ()


def test_a_known_issuer_counts_when_it_is_named(tmp_path: Path) -> None:
    first, second = loaded(tmp_path, "[issuers.github]").issuers
    assert first.enabled
    assert not second.enabled
    assert first.url == DEFAULT_ISSUERS[0].url
    (first, _) = loaded(tmp_path, "[issuers.github]\nenabled = false").issuers
    assert not first.enabled


def test_another_issuer_can_be_added(tmp_path: Path) -> None:
    *_, last = loaded(tmp_path, OURS).issuers
    assert last == Issuer("forge", "gitlab", "https://forge.example", "https://forge.example/keys")


def test_a_file_of_keys_is_beside_the_settings(tmp_path: Path) -> None:
    *_, last = loaded(tmp_path, OURS.replace("keys = 'https://forge.example/keys'", "keys_file = 'keys.json'")).issuers
    assert last.keys_file == str(tmp_path / "keys.json")


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("issuers = 5", "issuers", "[issuers.<name>]"),
        ("[issuers]\nforge = 5", "issuers.forge", "[issuers.forge]"),
        ("[issuers.Forge]\nkind = 'gitlab'", "Forge", "lower-case"),
        ("[issuers.forge]\nkind = 'gitlab'", "issuers.forge", "needs both"),
        ("[issuers.forge]\nkind = 'svn'\nurl = 'https://forge.example'", "issuers.forge.kind", "github or gitlab"),
        ("[issuers.forge]\nkind = 'gitlab'\nurl = 'https://forge.example'", "has no keys", "keys_file"),
        ("[issuers.github]\nurl = 'https://forge.example'", "has no keys", "keys_file"),
        ("[issuers.forge]\nkeyz = 'x'", "keyz", "did you mean keys"),
        (OURS + OURS.replace("forge]", "twin]"), "two issuers", "keep one"),
    ],
)
def test_a_wrong_table_names_its_place(tmp_path: Path, text: str, place: str, hint: str) -> None:
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, text)
    assert place in error.value.message
    assert hint in error.value.hint


def test_a_server_that_believes_somebody_has_a_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"forge counts, and this server has no name.*publish\.audience"):
        audiences(loaded(tmp_path, OURS))
    assert audiences(loaded(tmp_path, OURS, public_url="https://ours.example")) == ("https://ours.example",)
    flags = {"public_url": "https://ours.example", "publish.audience": "ours"}
    assert audiences(loaded(tmp_path, OURS, **flags)) == ("ours",)
    assert audiences(loaded(tmp_path, OURS + "audience = 'theirs'")) == ()
