from pathlib import Path

import pytest

from packhouse.adapters.upstream.defaults import DEFAULTS
from packhouse.config import Config, load
from packhouse.config.settings import SETTINGS
from packhouse.domain.errors import ConfigError
from packhouse.domain.upstream import CredentialSource, Limit


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))


def written(text: str, path: str = "packhouse.toml") -> Path:
    """Write a configuration file below the working directory."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def refusal(flags: dict[str, str | bool | None], environ: dict[str, str], file: Path | None = None) -> ConfigError:
    """Load what must be refused."""
    with pytest.raises(ConfigError) as caught:
        load(flags, environ, file)
    return caught.value


def test_nothing_needs_to_be_configured(tmp_path: Path) -> None:
    config = load({}, {})
    assert (config.host, config.port, config.offline, config.public_url) == ("127.0.0.1", 7225, False, None)
    assert config.data == tmp_path / "share" / "packhouse"
    assert config.upstreams == DEFAULTS
    assert (config.cache.index_fresh_s, config.cache.index_stale_s, config.cache.memory_bytes) == (60, 240, 32_000_000)
    assert (config.policy.minimum_age_s, config.policy.deny, config.trusted_proxies) == (0, (), ())
    assert config.file is None


def test_a_flag_goes_before_a_variable_before_the_file_before_the_default() -> None:
    file = written("port = 1\nworkers = 1\n[log]\nlevel = 'debug'")
    config = load({"port": "3"}, {"PACKHOUSE_PORT": "2", "PACKHOUSE_WORKERS": "2"}, file)
    assert (config.port, config.workers, config.log.level, config.log.format) == (3, 2, "debug", "text")


def test_every_setting_can_be_given_by_flag_variable_and_file() -> None:
    example = {
        "public_url": "https://a.example",
        "advisories.url": "https://a.example",
        "data": "/d",
        "policy.deny": "npm/a",
        "access.reserved": "npm/@a/*",
    }
    for setting in SETTINGS:
        text = setting.default or example.get(setting.name, "10.0.0.0/8")
        table, _, key = setting.name.rpartition(".")
        line = f"{key} = {text}" if text in {"true", "false"} else f"{key} = '{text}'"
        file = written(f"[{table}]\n{line}" if table else line)
        assert _value(load({setting.name: text}, {}), setting.name) == _value(load({}, {}, file), setting.name)
        assert _value(load({}, {setting.variable: text}), setting.name) == _value(load({}, {}, file), setting.name)


def _value(config: Config, name: str) -> object:
    setting = next(each for each in SETTINGS if each.name == name)
    table = name.rpartition(".")[0]
    return getattr(getattr(config, table) if table else config, setting.field)


def test_a_data_directory_in_a_file_starts_at_the_file(tmp_path: Path) -> None:
    file = written("data = 'stored'", "etc/packhouse.toml")
    assert load({}, {}, file).data == Path("etc/stored")
    assert load({"data": "here"}, {}, tmp_path / file).data == Path("here")


def test_the_file_of_the_data_directory_counts_where_the_working_directory_has_none() -> None:
    stored = written("port = 5", "stored/packhouse.toml")
    config = load({"data": "stored"}, {})
    assert (config.port, config.file) == (5, stored)
    written("port = 6")
    assert load({"data": "stored"}, {}).port == 6


def test_a_named_file_must_exist() -> None:
    assert "nowhere.toml" in refusal({}, {}, Path("nowhere.toml")).message
    assert "nowhere.toml" in refusal({}, {"PACKHOUSE_CONFIG": "nowhere.toml"}).message


@pytest.mark.parametrize(
    ("text", "named", "hint"),
    [
        ("prot = 8000", "prot", "did you mean port?"),
        ("minimum_age = '3d'", "minimum_age", "did you mean policy.minimum_age?"),
        ("[poliicy]\nminimum_age = '3d'", "poliicy", "did you mean policy?"),
        ("[cache]\nmemorry = '3MB'", "cache.memorry", "did you mean cache.memory?"),
        ("port = 'eighty'", "port", "write a number from 0 to 65535"),
        ("port = true", "port", "write a number"),
        ("port = 70000", "port", "write a number"),
        ("offline = 'perhaps'", "offline", "write true or false"),
        ("public_url = 'packages.example'", "public_url", "https://packages.example"),
        ("public_url = 'https://a:b@packages.example'", "public_url", "no user"),
        ("trusted_proxies = ['10.0.0.0/99']", "trusted_proxies", "networks such as"),
        ("trusted_proxies = [1]", "trusted_proxies", "networks such as"),
        ("[policy]\nminimum_age = 'soon'", "policy.minimum_age", "72h"),
        ("[policy]\ndeny = ['left-pad']", "policy.deny", "ecosystem/name"),
        ("[cache]\nmemory = '1 elephant'", "cache.memory", "32MB"),
        ("[upstream]\nbackground_rate = 'inf'", "upstream.background_rate", "above 0"),
        ("cache = 5", "cache", "did you mean cache"),
        ("[upstreams.more]\nurl = 'https://more.example'", "upstreams.more", "ecosystem and url"),
        ("[upstreams.more]\nulr = 'https://more.example'", "ulr", "did you mean url?"),
        ("[upstreams.More]\nenabled = true", "More", "lower-case"),
        ("[upstreams]\nmore = 5", "upstreams.more", "[upstreams.more]"),
        ("upstreams = 5", "upstreams", "[upstreams.<name>]"),
        ("port =", "not TOML", "quotes"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_a_way_out(text: str, named: str, hint: str) -> None:
    error = refusal({}, {}, written(text))
    assert "packhouse.toml" in error.message
    assert named in error.message
    assert hint in error.hint


def test_what_is_wrong_in_a_flag_or_variable_is_named_as_it_was_written() -> None:
    assert refusal({"log.level": "loud"}, {}).message == "--log-level cannot be 'loud'"
    assert refusal({}, {"PACKHOUSE_LOG_LEVEL": "loud"}).message == "PACKHOUSE_LOG_LEVEL cannot be 'loud'"


def test_the_variable_that_kubernetes_sets_for_a_service_of_our_name_is_explained() -> None:
    assert "enableServiceLinks" in refusal({}, {"PACKHOUSE_PORT": "tcp://10.0.0.1:80"}).hint


def test_an_empty_variable_is_none() -> None:
    assert load({}, {"PACKHOUSE_PORT": ""}).port == 7225


def test_a_list_is_separated_by_commas_in_a_flag() -> None:
    config = load({"trusted_proxies": "10.0.0.0/8, ::1", "policy.deny": "npm/a,npm/@b/c@^1"}, {})
    assert config.trusted_proxies == ("10.0.0.0/8", "::1/128")
    assert config.policy.deny == ("npm/a", "npm/@b/c@^1")


def test_a_known_upstream_can_be_changed_and_another_one_added() -> None:
    known = DEFAULTS[0]
    text = f"""
        [upstreams.{known.name}]
        enabled = false
        [upstreams.more]
        ecosystem = "{known.ecosystem}"
        url = "https://more.example/root/"
        extra_hosts = ["files.example:8443"]
    """
    first, *_, last = load({}, {}, written(text)).upstreams
    assert (first.name, first.url, first.enabled) == (known.name, known.url, False)
    assert (last.name, last.url, last.enabled) == ("more", "https://more.example/root", True)
    assert last.extra_hosts == ("files.example:8443",)


def test_a_private_registry_is_described_in_the_file_and_its_secret_is_not_in_the_configuration() -> None:
    file = written(
        "[upstreams.acme]\necosystem='npm'\nurl='https://acme.example/npm/'\npackages=['@acme/*']\n"
        "user='ann'\nsecret_variable='ACME'\nrate=5\n"
    )
    config = load({}, {"ACME": "s3cr3t"}, file)
    acme = next(each for each in config.upstreams if each.name == "acme")
    assert (acme.url, acme.packages, acme.well_known) == ("https://acme.example/npm", ("@acme/*",), False)
    assert acme.credentials == CredentialSource(user="ann", variable="ACME")
    assert acme.limits == (Limit(enforced_per_s=5),)
    assert "s3cr3t" not in repr(config)


def test_another_address_is_another_place_in_the_cache_and_the_public_services_are_left() -> None:
    known = next(each for each in DEFAULTS if each.urls and each.limits)
    file = written(f"[upstreams.{known.name}]\nurl='https://mirror.example'")
    moved = next(each for each in load({}, {}, file).upstreams if each.name == known.name)
    assert moved.origin not in {each.origin for each in DEFAULTS}
    assert (moved.urls, moved.limits) == ({}, ())
    file = written(f"[upstreams.{known.name}]\nurl='https://other.example'")
    assert next(each for each in load({}, {}, file).upstreams if each.name == known.name).origin != moved.origin
    file = written(f"[upstreams.{known.name}]\nenabled=false\nbackground_rate=3")
    same = next(each for each in load({}, {}, file).upstreams if each.name == known.name)
    assert (same.origin, same.urls) == (known.origin, known.urls)
    assert Limit(polite_per_s=3) in same.limits


def test_credentials_that_name_no_secret_are_refused() -> None:
    file = written("[upstreams.acme]\necosystem='npm'\nurl='https://acme.example'\nuser='ann'")
    assert "names no secret" in refusal({}, {}, file).message
