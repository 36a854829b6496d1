"""Who publishes too often has to wait, and nothing of it is written."""

import pytest

from packhouse.domain.package import Moment
from packhouse.ecosystems.npm import ECOSYSTEM, build_mount
from packhouse.formats.pace import Pace
from packhouse.services.limits import LimitRules
from tests.assembled import Assembled
from tests.ecosystems.npm.test_publishing import document, publish

pytestmark = pytest.mark.anyio


async def test_who_publishes_too_often_has_to_wait() -> None:
    ours = Assembled(ECOSYSTEM, build_mount, {}, [], limits=LimitRules(create=Pace(1, 600), update=Pace(1, 60)))
    ada, ben = await ours.token("ada"), await ours.token("ben")
    await publish(ours, ada, "pear", "1.0.0")
    reply = await ours.send("PUT", "/npm/plum", document("plum", "1.0.0"), ada)
    assert (reply.status, reply.headers["retry-after"]) == (429, "600")
    assert (await ours.get("/npm/plum")).status == 404
    await publish(ours, ben, "plum", "1.0.0")
    await publish(ours, ada, "pear", "1.1.0")
    assert (await ours.send("PUT", "/npm/pear", document("pear", "1.2.0"), ada)).status == 429
    ours.now = Moment(ours.now + 60_000)
    await publish(ours, ada, "pear", "1.2.0")


async def test_what_cannot_be_published_costs_nothing() -> None:
    ours = Assembled(ECOSYSTEM, build_mount, {}, [], limits=LimitRules(update=Pace(1, 60)))
    ada = await ours.token("ada")
    await publish(ours, ada, "pear", "1.0.0")
    for _ in range(3):
        assert (await ours.send("PUT", "/npm/pear", document("pear", "1.0.0"), ada)).status == 409
    assert (await ours.send("PUT", "/npm/pear", document("pear", "2.0.0"), await ours.token("eve"))).status == 403
    await publish(ours, ada, "pear", "1.1.0")
