"""Trusted publishing on a whole application: real database, keys over HTTP, settings from a file."""

import time
from pathlib import Path

import pytest

from packhouse.app import Application
from packhouse.config import load
from packhouse.domain.accounts import Ownership
from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName, PackageKey
from packhouse.domain.view import View
from packhouse.ecosystems.cargo.hosted import EMPTY
from packhouse.services.publishing import Change, Hosted
from packhouse.services.trusting import Wanted
from tests.adapters.upstream.loopback import Loopback, answer
from tests.assembled import PASSWORD
from tests.identities import URL, github, key_set, signed

pytestmark = pytest.mark.anyio

PEAR = PackageKey("cargo", NormalName("pear"))


def now(**changed: object) -> str:
    """Sign an identity of this moment."""
    at = int(time.time())
    return signed(github(iat=at, nbf=at, exp=at + 300, aud="ours.example/cargo", **changed))


def _owned(found: Hosted) -> Change:
    del found
    return Change(EMPTY, "publish", ownership=Ownership(("ada",)))


async def test_a_server_as_it_is_configured_believes_its_issuer_and_forgets_nothing(tmp_path: Path) -> None:
    async with Loopback({"/keys": answer(key_set())}).running() as issuer:
        file = tmp_path / "packhouse.toml"
        file.write_text(
            "public_url = 'https://ours.example'\n"
            f"[issuers.ours]\nkind = 'github'\nurl = '{URL}'\nkeys = '{issuer.url}/keys'\n"
        )
        config = load({"data": str(tmp_path)}, {}, file)
        application = Application(config)
        services = application.services["cargo"]
        async with application.running():
            user = await services.people.accounts.add("ada", "ada@team.example", PASSWORD)
            actor = await services.people.identification.of_user(user, "", None)
            await services.publishing.change(View(actor=actor), PEAR, _owned)
            await services.trusting.add(View(actor=actor), PEAR, Wanted("github", "farm", "pear", "release.yml"))
            spent = now()
            secret = await services.trusting.exchange(View(), spent)
        assert issuer.paths == ["/keys"]

        application = Application(config)
        services = application.services["cargo"]
        async with application.running():
            found = await services.people.identification.identify(f"Bearer {secret}", "192.0.2.1")
            assert found.proof is not None
            assert found.proof.trust["run_id"] == "4711"
            await services.access.require(View(actor=found), "publish", PEAR, "update")
            with pytest.raises(Invalid, match="already been used"):
                await services.trusting.exchange(View(), spent)
            with pytest.raises(Invalid, match="repository owner ID"):
                await services.trusting.exchange(View(), now(jti="run-2", repository_owner_id="666"))
            await services.trusting.revoke(found)
            assert (await services.people.identification.identify(f"Bearer {secret}", "")).rejected
