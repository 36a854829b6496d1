"""Signing in with a browser, for oneself and for a client that waits."""

import pytest

from packhouse.formats.one_time import STEP_S, password_at
from tests.apis.universe import NOW
from tests.web.people_site import OURS, PASSWORD, PeopleSite, people_site, unlabelled

pytestmark = pytest.mark.anyio


async def second_factor(site: PeopleSite, user: str = "ada") -> tuple[str, str]:
    """Set one-time passwords up, and return two that count."""
    accounts = site.people.accounts
    found, _ = await accounts.begin_otp(await accounts.get(user), "auth-and-writes")
    assert found.second_factor is not None
    secret, step = found.second_factor.secret, NOW // 1000 // STEP_S
    await accounts.confirm_otp(found, password_at(secret, step - 1))
    return password_at(secret, step), password_at(secret, step + 1)


async def audited(site: PeopleSite) -> list[tuple[str, str, str]]:
    return [(entry.user, entry.action, entry.outcome) for entry in await site.people.audit.list()]


async def test_who_signs_in_comes_to_their_account() -> None:
    site = await people_site()
    browser = await site.signed_in("ada")
    assert "ada@team.example" in browser.text
    assert (await browser.get("/ui/login")).status == 200
    assert "ada@team.example" in browser.text
    assert ("ada", "sign in", "done") in await audited(site)


async def test_the_cookie_is_kept_from_scripts_and_other_sites() -> None:
    site = await people_site()
    await site.user()
    browser = site.browser()
    body = f"name=ada&password={PASSWORD.replace(' ', '+')}".encode()
    form = {"content-type": "application/x-www-form-urlencoded", "origin": OURS}
    reply = await browser._send("/ui/login", "POST", form, body)
    assert reply.status == 303
    attributes = reply.headers["set-cookie"].split("; ")[1:]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(attributes)
    assert "Secure" not in attributes


async def test_the_cookie_is_for_our_path_and_for_https_where_we_have_it() -> None:
    site = await people_site(public_url="https://team.example/pack")
    await site.user()
    browser = site.browser()
    form = {"content-type": "application/x-www-form-urlencoded", "origin": "https://team.example"}
    body = f"name=ada&password={PASSWORD.replace(' ', '+')}".encode()
    reply = await browser._send("/pack/@2026-01-01/ui/login", "POST", form, body)
    attributes = reply.headers["set-cookie"].split("; ")[1:]
    assert {"Secure", "Path=/pack"} <= set(attributes)


@pytest.mark.parametrize(
    ("name", "password"), [("ada", "guessed it"), ("nobody", PASSWORD), ("", ""), ("<b>", "x12345678")]
)
async def test_a_wrong_password_is_told_on_the_form_and_a_wrong_name_just_so(name: str, password: str) -> None:
    site = await people_site()
    await site.user()
    browser = site.browser()
    reply = await browser.sign_in(name, password)
    assert reply.status == 401
    assert "The user name or the password is wrong" in browser.text
    assert not password or password not in reply.text
    assert "<b>" not in reply.text
    assert not browser.cookie
    assert any(action == "sign in" and outcome == "not_signed_in" for _, action, outcome in await audited(site))


async def test_guessing_is_slowed() -> None:
    site = await people_site()
    await site.user()
    browser = site.browser()
    replies = [await browser.sign_in("ada", f"guess {number}") for number in range(6)]
    assert replies[-1].status == 429
    assert "retry-after" in replies[-1].headers


async def test_a_second_factor_is_asked_for() -> None:
    site = await people_site()
    await site.user()
    first, _ = await second_factor(site)
    browser = site.browser()
    assert (await browser.sign_in("ada")).status == 401
    assert "one-time password" in browser.text
    assert not browser.cookie
    await browser.sign_in("ada", otp=first)
    assert "ada@team.example" in browser.text
    assert (await site.browser().sign_in("ada", otp=first)).status == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{OURS}.evil.example", None])
async def test_no_other_site_signs_anybody_in_or_out(origin: str | None) -> None:
    site = await people_site()
    await site.user()
    browser = site.browser()
    reply = await browser.post("/ui/login", {"name": "ada", "password": PASSWORD}, origin)
    assert reply.status == 403
    assert not browser.cookie
    browser = await site.signed_in()
    await browser.post("/ui/logout", {}, origin)
    await browser.get("/ui/account")
    assert "ada@team.example" in browser.text


async def test_each_session_is_a_new_one() -> None:
    site = await people_site()
    browser = await site.signed_in()
    before = browser.cookie
    await browser.sign_in("ada")
    assert browser.cookie != before
    identification = site.people.identification
    assert not (await identification.identify(f"Bearer {before}", "")).signed_in
    planted = site.browser()
    planted.cookie = "phk_planted"
    await planted.sign_in("ada")
    assert planted.cookie != "phk_planted"


async def test_who_signs_out_has_no_session_any_more() -> None:
    site = await people_site()
    browser = await site.signed_in()
    cookie = browser.cookie
    assert (await browser.post("/ui/logout", {}, mark="0" * 64)).status == 403
    await browser.get("/ui/account")
    await browser.post("/ui/logout", {})
    assert browser.cookie == ""
    assert not (await site.people.identification.identify(f"Bearer {cookie}", "")).signed_in
    assert (await browser.get("/ui/logout")).status == 405


@pytest.mark.parametrize("next_page", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_signing_in_leads_nowhere_else(next_page: str) -> None:
    site = await people_site()
    await site.user()
    browser = site.browser()
    for name in ("next", "redirect", "return_to"):
        reply = await browser.post(
            f"/ui/login?{name}={next_page}", {"name": "ada", "password": PASSWORD, name: next_page}
        )
        assert "evil" not in reply.text


async def test_an_account_is_made_where_that_is_open() -> None:
    site = await people_site()
    browser = site.browser()
    await browser.get("/ui/register")
    fields = {"name": "bob", "email": "bob@team.example", "password": PASSWORD}
    assert (await browser.post("/ui/register", fields, "https://evil.example")).status == 403
    await browser.post("/ui/register", fields)
    assert "bob@team.example" in browser.text
    other = site.browser()
    assert (await other.post("/ui/register", fields | {"password": "not his password"})).status == 409
    assert not other.cookie
    for wrong in ({"name": "../x"}, {"password": "short"}, {"password": ""}, {"email": "no address"}):
        assert (await other.post("/ui/register", fields | {"name": "eve"} | wrong)).status == 400


async def test_no_account_is_made_where_that_is_closed() -> None:
    site = await people_site(registration=False)
    browser = site.browser()
    assert "Make one" not in (await browser.get("/ui/login")).text
    assert (await browser.post("/ui/register", {"name": "bob", "password": PASSWORD})).status == 403
    assert await site.people.accounts.find("bob") is None


async def test_a_client_is_given_a_token_when_somebody_says_yes() -> None:
    site = await people_site()
    await site.user()
    waiting = site.people.sign_ins.begin("token", "10.1.2.3", "npm/11.19.1 <b>linux</b>")
    browser, path = site.browser(), f"/ui/login/{waiting.page}"
    await browser.get(path)
    assert "10.1.2.3" in browser.text
    assert "npm/11.19.1" in browser.text
    assert site.people.sign_ins.poll(waiting.poll) is None
    await browser.post(path, {"name": "ada", "password": PASSWORD})
    assert "act as ada" in browser.text
    assert "10.1.2.3" in browser.text
    assert site.people.sign_ins.poll(waiting.poll) is None, "signing in alone is no answer"
    await browser.get(path)
    assert site.people.sign_ins.poll(waiting.poll) is None, "nor is looking at it"
    await browser.post(path, {"do": "allow"})
    assert "now acts as ada" in browser.text
    secret = site.people.sign_ins.poll(waiting.poll)
    actor = await site.people.identification.identify(f"Bearer {secret}", "")
    assert actor.user == "ada"
    assert actor.proof is not None
    assert actor.proof.kind == "token"
    assert (await browser.post(path, {"do": "allow"})).status == 404


async def test_a_client_is_given_nothing_when_somebody_says_no() -> None:
    site = await people_site()
    browser = await site.signed_in()
    waiting = site.people.sign_ins.begin("token", "10.1.2.3", "npm")
    path = f"/ui/login/{waiting.page}"
    await browser.get(path)
    await browser.post(path, {"do": "deny"})
    assert "given nothing" in browser.text
    assert (await browser.post(path, {"do": "allow"})).status == 404
    assert ("ada", "sign in refused", "done") in await audited(site)


@pytest.mark.parametrize(
    ("fields", "origin", "mark"),
    [
        ({"do": "allow"}, "https://evil.example", None),
        ({"do": "allow"}, None, None),
        ({"do": "allow"}, OURS, ""),
        ({"do": "allow"}, OURS, "0" * 64),
        ({}, OURS, None),
    ],
)
async def test_only_the_form_of_the_session_answers(
    fields: dict[str, str], origin: str | None, mark: str | None
) -> None:
    site = await people_site()
    browser = await site.signed_in()
    waiting = site.people.sign_ins.begin("token", "10.1.2.3", "npm")
    await browser.get(f"/ui/login/{waiting.page}")
    reply = await browser.post(f"/ui/login/{waiting.page}", fields, origin, mark=mark)
    assert reply.status in (400, 401, 403)
    assert site.people.sign_ins.poll(waiting.poll) is None


async def test_the_mark_of_one_session_is_not_that_of_another() -> None:
    site = await people_site()
    ada, eve = await site.signed_in("ada"), await site.signed_in("eve")
    waiting = site.people.sign_ins.begin("token", "10.1.2.3", "npm")
    await eve.get(f"/ui/login/{waiting.page}")
    mark = eve._mark()
    assert (await ada.post(f"/ui/login/{waiting.page}", {"do": "allow"}, mark=mark)).status == 403


async def test_an_unknown_page_is_not_found() -> None:
    site = await people_site()
    browser = await site.signed_in()
    for path in ("/ui/login/unknown", "/ui/login/%2e%2e", "/ui/login/a/b"):
        assert (await browser.get(path)).status == 404


async def test_a_one_time_password_is_entered_for_a_client() -> None:
    site = await people_site()
    await site.user()
    first, second = await second_factor(site)
    browser = site.browser()
    await browser.sign_in("ada", otp=first)
    waiting = site.people.sign_ins.begin("otp", "10.1.2.3", "npm", "ada")
    path = f"/ui/login/{waiting.page}"
    await browser.get(path)
    assert (await browser.post(path, {"do": "allow", "otp": "000000"})).status == 401
    assert site.people.sign_ins.poll(waiting.poll) is None
    await browser.post(path, {"do": "allow", "otp": second})
    assert "change is allowed" in browser.text
    given = site.people.sign_ins.poll(waiting.poll)
    assert given is not None
    user = await site.people.accounts.get("ada")
    await site.people.accounts.check_otp(user, given)
    with pytest.raises(Exception, match="wrong or was used"):
        await site.people.accounts.check_otp(user, given)


async def test_who_signs_in_on_that_very_page_enters_one_password_only() -> None:
    site = await people_site()
    await site.user()
    first, _ = await second_factor(site)
    waiting = site.people.sign_ins.begin("otp", "10.1.2.3", "npm", "ada")
    browser = site.browser()
    await browser.get(f"/ui/login/{waiting.page}")
    await browser.post(f"/ui/login/{waiting.page}", {"name": "ada", "password": PASSWORD, "otp": first})
    assert "change is allowed" in browser.text
    assert site.people.sign_ins.poll(waiting.poll)


async def test_nobody_else_answers_for_a_user() -> None:
    site = await people_site()
    await site.user()
    await second_factor(site)
    eve = await site.signed_in("eve")
    waiting = site.people.sign_ins.begin("otp", "10.1.2.3", "npm", "ada")
    for do in ("allow", "deny"):
        assert (await eve.get(f"/ui/login/{waiting.page}")).status == 403
        assert (await eve.post(f"/ui/login/{waiting.page}", {"do": do, "otp": "1"})).status == 403
    assert site.people.sign_ins.find(waiting.page).user == "ada"
    fresh = site.browser()
    assert (await fresh.post(f"/ui/login/{waiting.page}", {"name": "eve", "password": PASSWORD})).status == 403
    assert site.people.sign_ins.poll(waiting.poll) is None


async def test_the_pages_say_where_forms_come_from_and_run_no_scripts() -> None:
    site = await people_site()
    browser = await site.signed_in()
    waiting = site.people.sign_ins.begin("token", "10.1.2.3", "npm")
    for path in ("/ui/account", f"/ui/login/{waiting.page}", "/ui/register"):
        page = await browser.get(path)
        assert page.headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert "form-action 'self'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert "<script" not in page.text
        assert unlabelled(page.text) == set()


async def test_a_token_is_no_session() -> None:
    site = await people_site()
    await site.user()
    secret, _ = await site.people.tokens.create(await site.people.accounts.get("ada"))
    waiting = site.people.sign_ins.begin("token", "10.1.2.3", "npm")
    browser = site.browser()
    browser.cookie = secret
    page = await browser.get(f"/ui/login/{waiting.page}")
    assert "Sign in to answer" in page.text
