"""What the page of a release says of where it comes from."""

import pytest

from packhouse.adapters.attestation.sigstore_root import SigstoreRoot
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from packhouse.web.door import WebDoor, web_problem
from tests.asgi import call
from tests.assembled import Assembled
from tests.services.test_provenances import AUTHORITY, STRANGER, built, document, npm_server
from tests.sigstore_authority import COMMIT, REPOSITORY, Claims

pytestmark = pytest.mark.anyio

BROWSER = {"accept": "text/html"}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> SigstoreRoot:
    """Trust one instance."""
    return SigstoreRoot(AUTHORITY.trusted_root(tmp_path_factory.mktemp("root")))


async def page(server: Assembled, version: str = "1.2.3") -> str:
    door = Mount(WebDoor({"npm": server.services}), web_problem)
    site = Site({}, door, PublicAddress(None, ()), ("default",), Ready(0))
    reply = await call(site, f"/ui/npm/@farm/pear/v/{version}", headers=BROWSER)
    assert reply.status == 200, reply.text
    return reply.text


async def test_a_verified_build_has_a_badge(root: SigstoreRoot) -> None:
    shown = await page(npm_server(document(AUTHORITY.attest(built())), root))
    assert "Built from" in shown
    assert f'href="{REPOSITORY}"' in shown
    assert COMMIT in shown
    assert "release.yml" in shown
    assert '<span class="mark tag">verified</span>' in shown


async def test_what_is_not_verified_is_said_so_with_the_reason(root: SigstoreRoot) -> None:
    shown = await page(npm_server(document(STRANGER.attest(built())), root))
    assert "not verified" in shown
    assert "trusted root" in shown
    assert '<span class="mark tag">verified</span>' not in shown


async def test_a_repository_that_is_no_web_address_is_no_link(root: SigstoreRoot) -> None:
    claims = Claims(repository="javascript:alert(1)//<script>")
    shown = await page(npm_server(document(STRANGER.attest(built(predicate={}), claims)), root))
    assert "Built from" in shown
    assert 'href="javascript:' not in shown
    assert "<script>" not in shown.partition("Built from")[2].partition("Package URL")[0]


async def test_a_release_that_nothing_is_signed_about_has_none(root: SigstoreRoot) -> None:
    assert "Built from" not in await page(npm_server(None, root), "1.2.2")
    assert "Built from" not in await page(npm_server(None, root))
