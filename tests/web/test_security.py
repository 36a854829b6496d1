"""The page on which people change their password and set up one-time passwords."""

import re
import time
from base64 import b32decode

import pytest

from packhouse.formats.one_time import STEP_S, password_at
from tests.web.people_site import PASSWORD, Browser, PeopleSite, people_site, unlabelled

pytestmark = pytest.mark.anyio

PAGE = "/ui/account/security"
FORMS = ("password", "begin", "confirm", "mode", "end")
NEW = "another horse battery"


async def otp_of(site: PeopleSite, *, later: int = 0) -> str:
    """Compute what the app of ada shows, some steps later."""
    factor = (await site.people.accounts.get("ada")).second_factor
    assert factor is not None
    return password_at(factor.secret, int(site.services.clock() / 1000 // STEP_S) + later)


async def set_up(site: PeopleSite, browser: Browser) -> list[str]:
    """Set one-time passwords up, and return the recovery codes."""
    await browser.get(PAGE)
    page = await browser.post(f"{PAGE}/begin", {"password": PASSWORD, "mode": "auth-only"})
    spelt = re.search(r'aria-label="The secret">([A-Z2-7 ]+)<', page.text)
    assert spelt is not None
    assert page.text.count("<svg") == 1
    secret = b32decode(spelt[1].replace(" ", ""))
    shown = password_at(secret, int(site.services.clock() / 1000 // STEP_S))
    page = await browser.post(f"{PAGE}/confirm", {"otp": shown})
    assert page.status == 200
    return re.findall(r"\b[0-9a-f]{20}\b", page.text)


async def test_nobody_sees_it_without_signing_in() -> None:
    site = await people_site()
    browser = site.browser()
    await browser.get(PAGE)
    assert "Sign in" in browser.text
    for form in FORMS:
        assert (await browser.post(f"{PAGE}/{form}", {"password": PASSWORD})).status == 404


async def test_a_new_password_counts_at_once_and_ends_everything_else() -> None:
    site = await people_site()
    browser, other = await site.signed_in(), await site.signed_in()
    secret, _ = await site.people.tokens.create(await site.people.accounts.get("ada"), "build")
    page = await browser.get(PAGE)
    assert unlabelled(page.text) == set()
    page = await browser.post(f"{PAGE}/password", {"password": PASSWORD, "new": NEW, "again": NEW})
    assert page.status == 200
    assert 'role="status"' in page.text
    assert NEW not in page.text
    await browser.get(PAGE)
    assert "New password" in browser.text, "the session that changed it goes on"
    await other.get(PAGE)
    assert "New password" not in other.text
    assert not (await site.people.identification.identify(f"Bearer {secret}", "")).signed_in
    fresh = site.browser()
    assert (await fresh.sign_in("ada")).status == 401
    assert (await fresh.sign_in("ada", NEW)).status == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"password": "wrong", "new": NEW, "again": NEW}, 401),
        ({"password": PASSWORD, "new": NEW, "again": "other"}, 400),
        ({"password": PASSWORD, "new": "", "again": ""}, 400),
        ({"password": PASSWORD, "new": "short", "again": "short"}, 400),
        ({"new": NEW, "again": NEW}, 401),
    ],
)
async def test_a_password_is_not_changed_by_mistake(fields: dict[str, str], status: int) -> None:
    site = await people_site()
    browser = await site.signed_in()
    await browser.get(PAGE)
    page = await browser.post(f"{PAGE}/password", fields)
    assert page.status == status
    assert 'role="alert"' in page.text
    assert (await site.browser().sign_in("ada")).status == 200
    assert (await site.people.audit.list())[1].outcome != "done"


async def test_one_time_passwords_are_set_up_and_asked_for() -> None:
    site = await people_site()
    browser = await site.signed_in()
    codes = await set_up(site, browser)
    assert len(codes) == 8
    page = await browser.get(PAGE)
    assert "8 recovery codes are left" in browser.text
    assert not any(code in page.text for code in codes)
    fresh = site.browser()
    assert (await fresh.sign_in("ada")).status == 401
    assert (await fresh.sign_in("ada", otp=codes[0])).status == 200
    assert (await site.browser().sign_in("ada", otp=codes[0])).status == 401, "a code counts once"


async def test_a_secret_that_was_not_confirmed_locks_nobody_out() -> None:
    site = await people_site()
    browser = await site.signed_in()
    await browser.get(PAGE)
    await browser.post(f"{PAGE}/begin", {"password": PASSWORD, "mode": "auth-and-writes"})
    page = await browser.post(f"{PAGE}/confirm", {"otp": "000000"})
    assert page.status == 401
    assert "The secret" in page.text
    assert (await site.browser().sign_in("ada")).status == 200


async def test_one_time_passwords_take_one_to_be_changed_or_ended() -> None:
    site = await people_site()
    browser = await site.signed_in()
    codes = await set_up(site, browser)
    for form, fields in (("mode", {"mode": "auth-and-writes"}), ("end", {}), ("password", {"new": NEW, "again": NEW})):
        await browser.get(PAGE)
        assert (await browser.post(f"{PAGE}/{form}", {"password": PASSWORD, **fields})).status == 401
    begun = await browser.post(f"{PAGE}/begin", {"password": PASSWORD, "otp": codes[1], "mode": "auth-only"})
    assert begun.status == 400, "a thief of the session would replace the device"
    shown = await otp_of(site, later=1)
    await browser.post(f"{PAGE}/mode", {"password": PASSWORD, "otp": shown, "mode": "auth-and-writes"})
    assert "and for every write" in browser.text
    await browser.post(f"{PAGE}/end", {"password": PASSWORD, "otp": codes[2]})
    assert "You have none" in browser.text
    assert (await site.browser().sign_in("ada")).status == 200


@pytest.mark.parametrize("form", FORMS)
async def test_no_other_site_and_no_form_without_a_mark_changes_anything(form: str) -> None:
    site = await people_site()
    browser = await site.signed_in()
    before = await site.people.accounts.get("ada")
    fields = {"password": PASSWORD, "new": NEW, "again": NEW, "mode": "auth-only"}
    await browser.get(PAGE)
    assert (await browser.post(f"{PAGE}/{form}", fields, "https://evil.example")).status == 403
    assert (await browser.post(f"{PAGE}/{form}", fields, mark="0" * 64)).status == 403
    assert await site.people.accounts.get("ada") == before


async def test_who_guesses_the_password_is_slowed_down() -> None:
    site = await people_site()
    browser = await site.signed_in()
    await browser.get(PAGE)
    began = time.monotonic()
    statuses = [(await browser.post(f"{PAGE}/end", {"password": "guess"})).status for _ in range(8)]
    assert 429 in statuses
    assert time.monotonic() - began < 60
