"""Which form of the Simple API a client wants (PEP 691)."""

from packhouse.ecosystems.pypi.index import HTML, JSON

PLAIN = "text/html"
_MEANT = {
    JSON: "json",
    HTML: "html",
    PLAIN: "plain",
    "application/vnd.pypi.simple.latest+json": "json",
    "application/vnd.pypi.simple.latest+html": "html",
    "text/*": "plain",
    "*/*": "plain",
}
_PREFERENCE = ("json", "html", "plain")


def choose_form(accept: str, wanted: str = "") -> str | None:
    """Choose json, html or plain by Accept, or by `?format=`, which counts more; None where nothing is acceptable."""
    if wanted:
        return _MEANT.get(wanted)
    if not accept.strip():
        return "plain"
    best: tuple[float, int, str] | None = None
    refused: set[str] = set()
    for part in accept.split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        form = _MEANT.get(media.lower())
        if form is None and media.lower() == "application/*":
            form = "json"
        quality = _quality(parameters)
        if form is None:
            continue
        if quality <= 0:
            refused.add(form)
            continue
        rank = (quality, -_PREFERENCE.index(form), form)
        if form not in refused and (best is None or rank > best):
            best = rank
    return best[2] if best else None


def _quality(parameters: list[str]) -> float:
    for each in parameters:
        name, _, value = each.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
