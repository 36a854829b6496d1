"""What trusted publishing promises: a token for who is trusted, and for nobody else whatever they send."""

import json
from typing import Any

import msgspec
import pytest
from joserfc.jwk import RSAKey

from packhouse.adapters.memory.keys import MemoryKeys
from packhouse.domain.accounts import Ownership
from packhouse.domain.actor import Actor, Proof
from packhouse.domain.errors import (
    Conflict,
    Invalid,
    NotFound,
    NotPermitted,
    NotSignedIn,
    PackhouseError,
    UpstreamDown,
)
from packhouse.domain.index import Index
from packhouse.domain.package import Moment, PackageKey
from packhouse.domain.trust import Issuer, TrustedPublisher
from packhouse.domain.view import View
from packhouse.http.answers import Answer
from packhouse.http.request import Request
from packhouse.http.site import Mount
from packhouse.services.access import AccessRules
from packhouse.services.publishing import Change
from packhouse.services.trusting import LIFE_MS, Wanted, require_trusted
from tests.assembled import Assembled, Issuers
from tests.identities import (
    CURVE,
    KEYS,
    RSA,
    SMALL,
    START_S,
    github,
    gitlab,
    issuer,
    key_set,
    signed,
    signed_with_public_key,
    unsigned,
)
from tests.toy import TOY, toy_key

pytestmark = pytest.mark.anyio

PEAR, PLUM = toy_key("pear"), toy_key("plum")
RELEASE = Wanted("github", "farm", "Pear", "release.yml")


async def _nothing(request: Request, segments: object) -> Answer:
    del request, segments
    return Answer(status=204)


class World:
    """A server on which ada owns a pear, and an issuer that it believes."""

    def __init__(self, *issuers: Issuer, keys: MemoryKeys | None = None, access: AccessRules | None = None) -> None:
        self.keys = keys or MemoryKeys({KEYS: key_set()})
        self.server = Assembled(
            TOY,
            lambda _: Mount(_nothing),
            {},
            [],
            access=access or AccessRules(),
            issuers=Issuers(issuers or (issuer(),), self.keys),
        )
        self.trusting = self.server.services.trusting
        self.anyone = View(actor=Actor(address="192.0.2.1"))

    async def view(self, secret: str) -> View:
        """See the server as the owner of a token."""
        actor = await self.server.people.identification.identify(f"Bearer {secret}", "192.0.2.1")
        return View(actor=actor)

    async def user(self, name: str) -> View:
        """See the server as a user."""
        return await self.view(await self.server.token(name))

    async def own(self, key: PackageKey, *owners: str, restricted: bool = False) -> None:
        """Let users own a package."""
        view = await self.user(owners[0])

        def edit(found: object) -> Change:
            revision = getattr(getattr(found, "ownership", None), "revision", 0) + 1
            ownership = Ownership(owners, restricted=restricted, revision=revision)
            return Change(Index(f"name {key.name}".encode(), (), "0"), "publish", ownership=ownership)

        await self.server.services.publishing.change(view, key, edit)

    async def trust(self, key: PackageKey = PEAR, by: str = "ada", **changed: str) -> TrustedPublisher:
        """Let a user who owns a package trust a workflow."""
        wanted = msgspec.structs.replace(RELEASE, **changed)
        return await self.trusting.add(await self.user(by), key, wanted)

    async def exchange(self, text: str) -> View:
        """Exchange an identity, and see the server with what was got for it."""
        return await self.view(await self.trusting.exchange(self.anyone, text))


async def trusting(*issuers: Issuer, **fields: Any) -> World:  # noqa: ANN401
    """Make a world in which the pear trusts `release.yml` of `farm/Pear`."""
    world = World(*issuers, **fields)
    await world.own(PEAR, "ada")
    await world.trust()
    return world


async def test_a_run_gets_a_token_for_new_versions_of_exactly_its_package() -> None:
    world = await trusting()
    await world.own(PLUM, "ada")
    view = await world.exchange(signed(github()))
    access = world.server.services.access
    assert view.actor.user == "ada"
    await access.require(view, "publish", PEAR, "update")
    for action, key, operation in (
        ("publish", PLUM, "update"),
        ("publish", toy_key("new"), "update"),
        ("publish", PEAR, "create"),
        ("publish", PEAR, "yank"),
        ("publish", PEAR, None),
        ("maintain", PEAR, "owners"),
        ("maintain", PEAR, "trust"),
    ):
        with pytest.raises(NotPermitted):
            await access.require(view, action, key, operation)  # type: ignore[arg-type]


async def test_elliptic_curves_and_jobs_of_the_other_service_do_as_well() -> None:
    world = World(issuer("gitlab"))
    await world.own(PEAR, "ada")
    await world.trust(kind="gitlab", owner="farm/fruit", repository="pear", workflow="ci/release.yml")
    view = await world.exchange(signed(gitlab(), CURVE))
    assert view.actor.proof is not None
    assert view.actor.proof.trust == {
        "provider": "gitlab",
        "project_path": "farm/fruit/pear",
        "job_id": "12",
        "sha": "c0ffee",
    }


async def test_which_run_it_was_stands_in_the_token_and_in_the_log() -> None:
    world = await trusting()
    view = await world.exchange(signed(github()))
    assert view.actor.proof is not None
    facts = {"provider": "github", "repository": "Farm/pear", "run_id": "4711", "sha": "c0ffee"}
    assert view.actor.proof.trust == facts
    (entry, *_) = await world.server.people.audit.list()
    assert (entry.user, entry.action, entry.address) == ("ada", "toy trusted token", "192.0.2.1")
    assert entry.detail == "github Farm/pear 4711 c0ffee for toy/pear"
    written = world.server.people.audit.entry(view.actor, "toy publish", "toy/pear@1.0")
    assert written.detail == "github Farm/pear 4711 c0ffee"


async def test_the_token_dies_after_half_an_hour_and_leaves_no_trace() -> None:
    world = await trusting()
    secret = await world.trusting.exchange(world.anyone, signed(github()))
    assert (await world.view(secret)).actor.signed_in
    world.server.now = Moment(world.server.now + LIFE_MS)
    assert "expired" in (await world.view(secret)).actor.rejected
    await world.server.token("ada")
    tokens = await world.server.people.tokens.list("ada")
    assert not any(token.trust for token in tokens)


async def test_the_token_dies_when_it_is_given_back() -> None:
    world = await trusting()
    secret = await world.trusting.exchange(world.anyone, signed(github()))
    await world.trusting.revoke((await world.view(secret)).actor)
    assert not (await world.view(secret)).actor.signed_in


async def test_no_other_token_is_revoked_like_that() -> None:
    world = await trusting()
    view = await world.user("ada")
    for actor in (view.actor, Actor(), Actor("ada", proof=Proof("password"))):
        with pytest.raises(NotSignedIn, match="Invalid authorization header"):
            await world.trusting.revoke(actor)


ATTACKS: dict[str, tuple[str, str]] = {
    "no algorithm": (unsigned(github(), alg="none", kid="first") + "AA", "algorithm"),
    "no algorithm and no signature": (unsigned(github(), alg="none", kid="first"), "decode"),
    "another spelling of none": (unsigned(github(), "AA", alg="NoNe", kid="first"), "algorithm"),
    "the public key as a shared secret": (signed_with_public_key(github()), "algorithm"),
    "an algorithm that fits no key": (signed(github(), alg="PS256"), "algorithm"),
    "a key of another type": (signed(github(), CURVE, kid="first"), "key ID"),
    "a key that is too small": (signed(github(), SMALL), "key ID"),
    "no name of a key": (signed(github(), kid=None), "Missing JWT key ID"),
    "a name of a key that is a path": (signed(github(), kid="../../../../dev/null"), "key ID"),
    "a name of a key that is an address": (signed(github(), kid="https://evil.example/keys"), "key ID"),
    "an address of keys of their own": (
        signed(github(), RSAKey.generate_key(2048), kid="theirs", jku="https://evil.example/keys"),
        "key ID",
    ),
    "a key of their own": (
        signed(github(), SMALL, kid="first", jwk=SMALL.as_dict(private=False)),
        "decode",
    ),
    "an extension that must be understood": (
        unsigned(github(), "AA", alg="RS256", kid="first", crit=["exp"], exp=1),
        "algorithm",
    ),
    "a payload that is not encoded": (unsigned(github(), "AA", alg="RS256", kid="first", b64=False), "algorithm"),
    "a signature of something else": (
        ".".join([*signed(github(jti="a")).split(".")[:2], signed(github(jti="b")).split(".")[2]]),
        "decode",
    ),
    "another audience": (signed(github(aud="other.example")), "decode"),
    "no audience": (signed(github(aud=None)), "decode"),
    "an audience that only contains ours": (signed(github(aud="packhouse.example.evil.example")), "decode"),
    "another issuer": (signed(github(iss="https://evil.example")), "Unsupported JWT issuer: https://evil.example"),
    "an issuer in capitals": (signed(github(iss="HTTPS://ISSUER.EXAMPLE")), "Unsupported JWT issuer"),
    "an issuer that is a list": (signed(github(iss=["https://issuer.example"])), "decode"),
    "expired": (signed(github(exp=START_S - 31)), "decode"),
    "for ever": (signed(github(exp=None)), "decode"),
    "for years": (signed(github(exp=START_S + 10**8)), "decode"),
    "an end that is no number": (signed(github(exp="tomorrow")), "decode"),
    "an end beyond all numbers": (signed(github(exp=1e300)), "decode"),
    "not yet": (signed(github(nbf=START_S + 31)), "decode"),
    "made in the future": (signed(github(iat=START_S + 31)), "decode"),
    "made nobody knows when": (signed(github(iat=None)), "decode"),
    "without a name of its own": (signed(github(jti=None)), "decode"),
    "with an empty name": (signed(github(jti="")), "decode"),
    "another repository": (
        signed(github(repository="evil/pear", repository_owner="evil", workflow_ref=None, job_workflow_ref=None)),
        "Unexpected `job_workflow_ref`",
    ),
    "a repository of somebody else": (
        signed(
            github(
                repository="evil/pear",
                repository_owner="evil",
                workflow_ref="evil/pear/.github/workflows/release.yml@refs/heads/main",
            )
        ),
        "No Trusted Publishing config found for repository `evil/pear`",
    ),
    "a repository and an owner that differ": (signed(github(repository_owner="evil")), "Unexpected `repository`"),
    "a repository in a repository": (signed(github(repository="Farm/pear/x")), "Unexpected `repository`"),
    "a workflow of another repository": (
        signed(github(workflow_ref="evil/pear/.github/workflows/release.yml@refs/heads/main")),
        "Unexpected `workflow_ref`",
    ),
    "a workflow in another folder": (
        signed(github(workflow_ref="Farm/pear/evil/.github/workflows/release.yml@refs/heads/main")),
        "Unexpected `workflow_ref`",
    ),
    "a workflow in a folder below": (
        signed(github(workflow_ref="Farm/pear/.github/workflows/evil/release.yml@refs/heads/main")),
        "Unexpected `workflow_ref`",
    ),
    "a branch that is called like the workflow": (
        signed(github(workflow_ref="Farm/pear/.github/workflows/test.yml@refs/heads/.github/workflows/release.yml")),
        "does not match the workflow filename `test.yml` in the JWT. Expected workflow filenames: `release.yml`",
    ),
    "the workflow in capitals": (
        signed(github(workflow_ref="Farm/pear/.github/workflows/Release.yml@refs/heads/main")),
        "does not match the workflow filename",
    ),
    "an owner without a number": (signed(github(repository_owner_id=None)), "Unexpected `repository_owner_id`"),
    "a run that a stranger sets off": (signed(github(event_name="pull_request_target")), "pull_request_target"),
    "no token": ("", "decode"),
    "two tokens": (signed(github()) + "." + signed(github()), "decode"),
    "no JSON": ("e30.e30.", "decode"),
    "deep JSON": ("W1tb.W1tb.AA", "decode"),
    "a token of a megabyte": (signed(github(sub="x" * (1 << 20))), "decode"),
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_nobody_else_gets_a_token(attack: str) -> None:
    world = await trusting(keys=MemoryKeys({KEYS: key_set(RSA, CURVE, SMALL)}))
    text, reason = ATTACKS[attack]
    with pytest.raises(Invalid) as error:
        await world.trusting.exchange(world.anyone, text)
    assert reason in error.value.message
    assert set(world.keys.asked) <= {KEYS}
    assert not [token for token in await world.server.people.tokens.list("ada") if token.trust]


async def test_what_was_refused_is_not_spent() -> None:
    world = await trusting()
    with pytest.raises(Invalid):
        await world.trusting.exchange(world.anyone, signed(github(workflow_ref="Farm/pear/.github/workflows/a.yml@x")))
    assert (await world.exchange(signed(github()))).actor.signed_in


async def test_an_identity_is_exchanged_once() -> None:
    world = await trusting()
    text = signed(github())
    await world.trusting.exchange(world.anyone, text)
    for again in (text, signed(github(exp=START_S + 200)), signed(github(), CURVE)):
        with pytest.raises(Invalid, match="JWT has already been used"):
            await world.trusting.exchange(world.anyone, again)
    assert (await world.exchange(signed(github(jti="run-2")))).actor.signed_in


async def test_an_identity_is_not_good_again_at_its_last_moment() -> None:
    world = await trusting()
    text = signed(github())
    await world.trusting.exchange(world.anyone, text)
    for passed_s in range(0, 400, 10):
        world.server.now = Moment((START_S + passed_s) * 1000)
        with pytest.raises(Invalid):
            await world.trusting.exchange(world.anyone, text)


async def test_who_gets_the_name_of_an_owner_is_not_the_owner() -> None:
    world = await trusting()
    await world.trusting.exchange(world.anyone, signed(github()))
    renamed = signed(github(jti="run-2", repository_owner_id="666"))
    with pytest.raises(Invalid, match=r"does not match the repository owner ID \(666\) in the JWT.*IDs: 17\."):
        await world.trusting.exchange(world.anyone, renamed)


async def test_an_owner_whose_number_is_known_is_the_only_one_from_the_beginning() -> None:
    world = World()
    await world.own(PEAR, "ada")
    await world.trust(owner_id="18")
    with pytest.raises(Invalid, match="repository owner ID"):
        await world.trusting.exchange(world.anyone, signed(github()))


async def test_what_did_not_fit_pins_no_owner() -> None:
    world = await trusting()
    stranger = signed(github(workflow_ref="Farm/pear/.github/workflows/a.yml@x", repository_owner_id="666"))
    with pytest.raises(Invalid, match="workflow"):
        await world.trusting.exchange(world.anyone, stranger)
    assert (await world.exchange(signed(github()))).actor.signed_in


@pytest.mark.parametrize(
    ("wanted", "sent", "reason"),
    [
        ("prod", "PROD", ""),
        ("", "Prod", ""),
        ("", None, ""),
        ("prod", "test", "does not match the environment `test` in the JWT. Expected environments: `prod`"),
        ("prod", None, "requires an environment, but the JWT does not specify one. Expected environments: `prod`"),
        ("prod", "", "requires an environment"),
    ],
)
async def test_the_environment_must_be_the_one_that_is_wanted(wanted: str, sent: str | None, reason: str) -> None:
    world = World()
    await world.own(PEAR, "ada")
    await world.trust(environment=wanted)
    text = signed(github(environment=sent))
    if not reason:
        assert (await world.exchange(text)).actor.signed_in
        return
    with pytest.raises(Invalid) as error:
        await world.trusting.exchange(world.anyone, text)
    assert reason in error.value.message


GITLAB_ATTACKS = {
    "a pipeline of another project": gitlab(ci_config_ref_uri="issuer.example/evil/pear//ci/release.yml@refs/heads/x"),
    "a pipeline at another host": gitlab(ci_config_ref_uri="evil.example/farm/fruit/pear//ci/release.yml@x"),
    "another file": gitlab(ci_config_ref_uri="issuer.example/farm/fruit/pear//.gitlab-ci.yml@refs/heads/main"),
    "a group that ends alike": gitlab(
        project_path="evil/farm/fruit/pear", ci_config_ref_uri="issuer.example/evil/farm/fruit/pear//ci/release.yml@x"
    ),
    "no namespace": gitlab(project_path="pear"),
    "no number": gitlab(namespace_id=None),
    "what the other service claims": github(),
}


@pytest.mark.parametrize("attack", GITLAB_ATTACKS)
async def test_no_other_job_gets_a_token(attack: str) -> None:
    world = World(issuer("gitlab"))
    await world.own(PEAR, "ada")
    await world.trust(kind="gitlab", owner="farm/fruit", repository="pear", workflow="ci/release.yml")
    with pytest.raises(Invalid):
        await world.trusting.exchange(world.anyone, signed(GITLAB_ATTACKS[attack]))
    assert (await world.exchange(signed(gitlab()))).actor.signed_in


async def test_a_publisher_of_one_service_is_none_of_the_other() -> None:
    world = World(issuer("gitlab"))
    await world.own(PEAR, "ada")
    await world.trust(owner="farm/fruit", repository="pear", workflow="ci/release.yml")
    with pytest.raises(Invalid, match="No Trusted Publishing config"):
        await world.trusting.exchange(world.anyone, signed(gitlab()))


async def test_an_issuer_that_is_switched_off_is_none() -> None:
    world = await trusting(issuer(enabled=False))
    with pytest.raises(Invalid, match="Unsupported JWT issuer"):
        await world.trusting.exchange(world.anyone, signed(github()))


async def test_who_no_longer_owns_the_package_is_published_for_no_more() -> None:
    world = World()
    await world.own(PEAR, "ada", "ben")
    await world.trust(by="ben")
    secret = await world.trusting.exchange(world.anyone, signed(github()))
    await world.own(PEAR, "ada")
    with pytest.raises(NotPermitted):
        await world.server.services.access.require(await world.view(secret), "publish", PEAR, "update")
    with pytest.raises(Invalid, match="was made by ben, who may not publish"):
        await world.trusting.exchange(world.anyone, signed(github(jti="run-2")))


async def test_one_token_is_for_every_package_that_trusts_the_workflow() -> None:
    world = await trusting()
    await world.own(PLUM, "ben", "ada")
    await world.trust(PLUM, by="ben")
    await world.own(toy_key("quince"), "eve")
    await world.trust(toy_key("quince"), by="eve")
    view = await world.exchange(signed(github()))
    access = world.server.services.access
    assert view.actor.user == "ada"
    await access.require(view, "publish", PEAR, "update")
    await access.require(view, "publish", PLUM, "update")
    with pytest.raises(NotPermitted):
        await access.require(view, "publish", toy_key("quince"), "update")


async def test_only_owners_say_whom_to_trust_and_nobody_else_learns_it() -> None:
    world = await trusting()
    (known,) = await world.trusting.list(await world.user("ada"), PEAR, "github")
    for view in (await world.user("eve"), world.anyone):
        for attempt in (
            world.trusting.add(view, PEAR, RELEASE),
            world.trusting.list(view, PEAR, "github"),
            world.trusting.remove(view, known.id, "github"),
        ):
            with pytest.raises(PackhouseError) as error:
                await attempt
            assert isinstance(error.value, NotPermitted | NotSignedIn)
    with pytest.raises(NotPermitted):
        await world.trusting.add(await world.user("ada"), toy_key("never"), RELEASE)


async def test_a_package_that_is_hidden_is_as_one_that_is_not_there() -> None:
    world = World()
    await world.own(PEAR, "ada", restricted=True)
    with pytest.raises(NotFound) as hidden:
        await world.trusting.list(await world.user("eve"), PEAR, "github")
    assert "does not exist" in hidden.value.message
    added = await world.trust()
    messages = set()
    for number in (added.id, added.id + 1):
        with pytest.raises(NotFound) as unknown:
            await world.trusting.remove(await world.user("eve"), number, "github")
        messages.add(str(unknown.value))
    assert len(messages) == 1


async def test_a_workflow_is_trusted_once_until_it_is_not() -> None:
    world = await trusting()
    view = await world.user("ada")
    with pytest.raises(Conflict):
        await world.trust(owner="FARM", repository="PEAR")
    (known,) = await world.trusting.list(view, PEAR, "github")
    with pytest.raises(NotFound):
        await world.trusting.remove(view, known.id, "gitlab")
    await world.trusting.remove(view, known.id, "github")
    assert list(await world.trusting.list(view, PEAR, "github")) == []
    with pytest.raises(Invalid, match="No Trusted Publishing config"):
        await world.trusting.exchange(world.anyone, signed(github()))
    with pytest.raises(NotFound):
        await world.trusting.remove(view, known.id, "github")


async def test_where_reading_takes_a_user_the_token_reads_what_a_build_needs() -> None:
    closed = AccessRules(upstream="users", hosted="users")
    world = await trusting(access=closed)
    await world.own(PLUM, "ben")
    await world.own(toy_key("quince"), "eve", restricted=True)
    view = await world.exchange(signed(github()))
    access = world.server.services.access
    assert await access.may_read(view, PLUM)
    assert not await access.may_read(view, toy_key("quince"))
    open_view = await (await trusting()).exchange(signed(github()))
    assert open_view.actor.proof is not None
    assert [limit.pattern for limit in open_view.actor.proof.limits] == ["pear"]


async def test_keys_are_asked_for_once_and_again_where_one_is_unknown_but_not_each_time() -> None:
    world = await trusting()
    for number in range(3):
        await world.trusting.exchange(world.anyone, signed(github(jti=f"a{number}")))
    assert len(world.keys.asked) == 1
    for _ in range(5):
        with pytest.raises(Invalid, match="key ID"):
            await world.trusting.exchange(world.anyone, signed(github(), kid="unknown"))
    assert len(world.keys.asked) == 1
    world.server.now = Moment(world.server.now + 60_000)
    fresh = RSAKey.generate_key(2048, parameters={"kid": "fresh"})
    world.keys.bodies[KEYS] = key_set(fresh)
    assert (await world.exchange(signed(github(jti="b"), fresh))).actor.signed_in
    assert len(world.keys.asked) == 2


async def test_a_key_that_was_taken_back_is_not_believed_for_long() -> None:
    world = await trusting()
    await world.trusting.exchange(world.anyone, signed(github()))
    world.keys.bodies[KEYS] = key_set(CURVE)
    world.server.now = Moment(world.server.now + 3_601_000)
    late = {"iat": START_S + 3600, "nbf": START_S + 3600, "exp": START_S + 4000}
    with pytest.raises(Invalid, match="key ID"):
        await world.trusting.exchange(world.anyone, signed(github(jti="b", **late)))


async def test_without_keys_nobody_is_believed_and_somebody_else_is_to_blame() -> None:
    world = await trusting(keys=MemoryKeys({}))
    for _ in range(3):
        with pytest.raises(UpstreamDown):
            await world.trusting.exchange(world.anyone, signed(github()))
    assert len(world.keys.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"keys": 5}',
        b'{"keys": [5]}',
        b"[" * 100_000,
        json.dumps({"keys": [{"kty": "oct", "kid": "first", "k": "c2VjcmV0"}]}).encode(),
        json.dumps({"keys": [{"kty": "RSA", "kid": "first", "n": "AQ", "e": "AQAB"}]}).encode(),
        json.dumps({"keys": [{"kty": "RSA", "kid": "first"}]}).encode(),
        json.dumps({"keys": [RSA.as_dict(private=False, use="enc")]}).encode(),
        json.dumps({"keys": [RSA.as_dict(private=False, alg="RS512")]}).encode(),
        json.dumps({"keys": [RSA.as_dict(private=False), SMALL.as_dict(private=False, kid="first")]}).encode(),
    ],
)
async def test_keys_that_are_none_check_nothing(body: bytes) -> None:
    world = await trusting(keys=MemoryKeys({KEYS: body}))
    with pytest.raises((Invalid, UpstreamDown)):
        await world.trusting.exchange(world.anyone, signed(github()))


def test_a_package_for_trusted_builds_takes_no_other_token() -> None:
    require_trusted(Actor("ada", proof=Proof("token", trust={"provider": "github"})))
    for proof in (None, Proof("token"), Proof("session"), Proof("password")):
        with pytest.raises(NotPermitted, match="Trusted Publishing"):
            require_trusted(Actor("ada", proof=proof, administrator=True))
