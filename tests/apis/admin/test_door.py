"""What /api tells about upstreams."""

import json

import pytest

from packhouse.apis.admin.door import admin_door
from packhouse.domain.package import Moment
from packhouse.domain.upstream import CredentialSource, HostHealth, UpstreamRegistry
from packhouse.http.public import PublicAddress
from packhouse.http.ready import Ready
from packhouse.http.site import Mount, Site
from tests.asgi import call

pytestmark = pytest.mark.anyio


async def test_upstreams_are_listed_with_their_health_limits_and_last_errors_and_without_secrets() -> None:
    acme = UpstreamRegistry(
        "acme",
        "toy",
        "https://acme.example",
        packages=("acme-*",),
        credentials=CredentialSource(variable="ACME_TOKEN"),
        well_known=False,
    )
    health = HostHealth("acme.example", "open", 8, "it broke", Moment(1000), None, 1.0, 0.5, ("acme",))
    other = HostHealth("other.example", "closed", upstreams=("other",))
    mount = Mount(admin_door([acme], lambda: [health, other], lambda _: False))
    site = Site({"api": mount}, mount, PublicAddress(None, ()), ("default",), Ready(0))
    reply = await call(site, "/api/upstreams")
    assert json.loads(reply.body) == {
        "upstreams": [
            {
                "name": "acme",
                "ecosystem": "toy",
                "url": "https://acme.example",
                "enabled": False,
                "wellKnown": False,
                "credentials": True,
                "packages": ["acme-*"],
                "hosts": [
                    {
                        "host": "acme.example",
                        "state": "open",
                        "failures": 8,
                        "lastError": "it broke",
                        "lastErrorAt": "1970-01-01T00:00:01Z",
                        "lastSuccessAt": None,
                        "enforcedPerSecond": 1.0,
                        "politePerSecond": 0.5,
                    }
                ],
            }
        ]
    }
    assert b"ACME_TOKEN" not in reply.body
