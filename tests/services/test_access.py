"""Who may see and do what, with the facts of a store."""

import msgspec
import pytest

from packhouse.adapters.memory.store import MemoryStore
from packhouse.domain.accounts import Organisation, Ownership, User
from packhouse.domain.actor import Actor, Grant, Limit, Proof
from packhouse.domain.errors import NotFound, NotPermitted, NotSignedIn, OtpWanted, PackhouseError
from packhouse.domain.index import Index
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.view import Sight, View
from packhouse.services.access import Access, AccessRules, Namespaces, absent
from packhouse.services.account_ports import HostedChange
from packhouse.services.ports import IndexState
from tests.toy import TOY, toy_key

pytestmark = pytest.mark.anyio

NOW = Moment(1_767_225_600_000)
OPEN, SECRET, FOREIGN = toy_key("open"), toy_key("secret"), toy_key("foreign")
ADA, BOB = Actor("ada"), Actor("bob")
READER = Actor("eve", grants=(Grant("user:eve", "reader", "toy", "*"),))


async def access(**rules: object) -> Access:
    """Decide over two packages of Ada's, one of them restricted."""
    store = MemoryStore()
    for key, restricted in ((OPEN, False), (SECRET, True)):
        state = IndexState("hosted:default", key, 0, "d", NOW, NOW)
        owned = Ownership(("ada",), restricted=restricted)
        await store.commit(HostedChange(state, 0, Index(b"", (), "d"), None, ownership=owned))
    await store.write_user(User("carol", "", "", NOW, NOW), 0)
    await store.write_organisation(Organisation("farm", NOW), 0)
    ecosystem = msgspec.structs.replace(TOY, namespace=lambda name: name.partition("/")[0] if "/" in name else "")
    return Access(ecosystem, store, AccessRules(**rules), Namespaces(store))  # type: ignore[arg-type]


async def sees(decider: Access, actor: Actor, key: PackageKey) -> str:
    """Tell what becomes of a look at a package, and whether the answer is for this asker alone."""
    sight = Sight()
    try:
        await decider.check_read(View(actor=actor, sight=sight), key)
    except PackhouseError as error:
        return type(error).__name__ if str(error) != str(absent(key)) else "NotFound"
    return "privately" if sight.restricted else "openly"


async def test_by_default_everybody_sees_all_but_what_is_restricted() -> None:
    decider = await access()
    seen = {
        actor.user: [await sees(decider, actor, key) for key in (OPEN, SECRET, FOREIGN)]
        for actor in (Actor(), ADA, BOB, READER)
    }
    assert seen == {
        "": ["openly", "NotFound", "openly"],
        "ada": ["openly", "privately", "openly"],
        "bob": ["openly", "NotFound", "openly"],
        "eve": ["openly", "privately", "openly"],
    }


async def test_a_closed_server_answers_nobody_before_it_has_looked() -> None:
    decider = await access(upstream="users", hosted="granted")
    for key in (OPEN, SECRET, FOREIGN):
        assert await sees(decider, Actor(rejected="expired"), key) == "NotSignedIn"
    assert [await sees(decider, BOB, key) for key in (OPEN, SECRET, FOREIGN)] == ["NotFound", "NotFound", "privately"]
    assert [await sees(decider, READER, key) for key in (OPEN, SECRET, FOREIGN)] == ["privately"] * 3


async def test_a_token_for_something_else_sees_what_everybody_sees() -> None:
    decider = await access()
    limited = msgspec.structs.replace(ADA, proof=Proof("token", limits=(Limit(("read",), "toy", "other"),)))
    assert [await sees(decider, limited, key) for key in (OPEN, SECRET, FOREIGN)] == ["openly", "NotFound", "openly"]


@pytest.mark.parametrize(
    ("actor", "action", "key", "expected"),
    [
        (Actor(), "publish", OPEN, NotSignedIn),
        (Actor(), "publish", SECRET, NotSignedIn),
        (BOB, "publish", OPEN, NotPermitted),
        # As for a name in somebody else's namespace: a name that is taken cannot be given.
        (BOB, "publish", SECRET, NotPermitted),
        (BOB, "maintain", SECRET, NotFound),
        (READER, "publish", SECRET, NotPermitted),
        (ADA, "maintain", SECRET, None),
        (ADA, "administer", OPEN, NotPermitted),
        (Actor("root", administrator=True), "administer", SECRET, None),
        (BOB, "publish", toy_key("new"), None),
        (BOB, "maintain", toy_key("new"), NotPermitted),
        (BOB, "publish", toy_key("bob/new"), None),
        (BOB, "publish", toy_key("carol/new"), NotPermitted),
        (BOB, "publish", toy_key("farm/new"), NotPermitted),
        (BOB, "publish", toy_key("nobodys/new"), None),
        (Actor("farm"), "publish", toy_key("farm/new"), NotPermitted),
        (Actor("ada", otp="writes"), "publish", OPEN, OtpWanted),
        (Actor("ada", otp="shown"), "publish", OPEN, None),
        (Actor("ada", proof=Proof("token", read_only=True)), "publish", OPEN, NotPermitted),
        (
            Actor("ada", proof=Proof("token", limits=(Limit(("read", "publish"), "toy", "open"),))),
            "publish",
            OPEN,
            None,
        ),
        (
            Actor("ada", proof=Proof("token", limits=(Limit(("read", "publish"), "toy", "open"),))),
            "maintain",
            OPEN,
            NotPermitted,
        ),
    ],
)
async def test_what_may_be_done(
    actor: Actor, action: str, key: PackageKey, expected: type[PackhouseError] | None
) -> None:
    decider = await access()
    view = View(actor=actor)
    if expected is None:
        await decider.require(view, action, key)  # type: ignore[arg-type]
    else:
        with pytest.raises(expected) as caught:
            await decider.require(view, action, key)  # type: ignore[arg-type]
        assert type(caught.value) is expected


async def test_where_publishing_is_granted_nobody_else_takes_a_new_name() -> None:
    decider = await access(publish="granted")
    with pytest.raises(NotPermitted):
        await decider.require(View(actor=BOB), "publish", toy_key("new"))
    granted = Actor("bob", grants=(Grant("user:bob", "publisher", "toy", "n*"),))
    await decider.require(View(actor=granted), "publish", toy_key("new"))


async def test_reserved_names_and_what_was_published_here_belong_to_nobody_else() -> None:
    decider = await access(reserved=("toy/acme-*", "other/*"))
    assert await decider.is_ours(View(), toy_key("acme-thing"))
    assert await decider.is_ours(View(), OPEN)
    assert not await decider.is_ours(View(), FOREIGN)
    assert not await decider.is_ours(View(registry="team"), OPEN)


async def test_the_restricted_packages_that_somebody_may_see_are_listed() -> None:
    decider = await access()
    assert await decider.list_readable(View(actor=ADA)) == {SECRET}
    assert await decider.list_readable(View(actor=READER)) == {SECRET}
    assert await decider.list_readable(View(actor=BOB)) == frozenset()
    assert await decider.list_readable(View()) == frozenset()


async def test_a_name_in_another_spelling_is_ours_too_and_no_upstreams() -> None:
    store = MemoryStore()
    ecosystem = msgspec.structs.replace(TOY, identity=lambda name: name.lower().replace("-", "_"))
    decider = Access(ecosystem, store, AccessRules())
    key, other = toy_key("stone-fruit"), toy_key("stone_fruit")
    assert not await decider.is_ours(View(), other)
    state = IndexState("hosted:default", key, 0, "d", NOW, NOW)
    owned = Ownership(("ada",))
    await store.commit(HostedChange(state, 0, Index(b"", (), "d"), None, ownership=owned, identity="stone_fruit"))
    assert await decider.is_ours(View(), other)
    assert await decider.spelling(View(), other) == key
    assert await decider.ownership(View(), other) is None
    assert not await decider.is_ours(View("other"), other)
    assert not await decider.is_ours(View(), toy_key("stonefruit"))


async def test_a_registry_is_closed_where_somebody_must_sign_in_to_read() -> None:
    assert not (await access()).is_closed
    assert not (await access(publish="granted")).is_closed
    assert (await access(upstream="users")).is_closed
    assert (await access(hosted="granted")).is_closed
