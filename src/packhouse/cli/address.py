"""Where clients on this machine reach the server."""

from packhouse.config import Config

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (recognised, not bound)


def client_address(config: Config) -> str:
    """Return the public address or, without one, that of the configured host and port."""
    if config.public_url:
        return config.public_url
    host = _EVERYWHERE.get(config.host, config.host)
    return f"http://[{host}]:{config.port}" if ":" in host else f"http://{host}:{config.port}"
