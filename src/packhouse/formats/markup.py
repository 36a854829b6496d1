"""Readmes as HTML that may stand on a page of ours: Markdown as GitHub writes it, made harmless.

The parser is that of GitHub itself, whose time grows with the length of the text whatever stands in it; what does not
keep to that is the HTML parser of the sanitiser, so that what is nested too deeply for it is shown as it was written.
"""

import re
from collections import Counter
from html import escape, unescape
from pathlib import PurePosixPath

from packhouse.formats.markup_links import Repository, link_of

MAX_BYTES = 512 * 1024
"""Of the text; what is longer is cut."""
ID_PREFIX = "user-content-"
"""Begins every id, so that none of a readme's is one of the page around it."""

_MARKDOWN = frozenset({"", ".md", ".markdown", ".mdown", ".mdwn", ".mkd", ".mkdn", ".mkdown"})
_EXTENSIONS = ["table", "strikethrough", "autolink", "tasklist"]
_CUT = "<p><em>The text is longer than 512 KiB; the rest of it is left out.</em></p>\n"

# An HTML parser looks through all open elements at many a tag: 100,000 open ones took it 110 seconds, 4,000 0.06.
_MAX_RAW_TAGS = 4_000
_MAX_DEPTH = 200
# As many references to characters in a row: 500,000 took 4.5 seconds, 100,000 0.2.
_MAX_REFERENCES = 100_000
_MAX_HTML = 4 << 20

_has_raw_tag = re.compile("<[A-Za-z]")
_tags = re.compile("<(/?)([A-Za-z][A-Za-z0-9]*)")
_EMPTY = frozenset({"br", "hr", "img", "input", "wbr", "source", "col"})
_headings = re.compile(r"<(h[1-6])>(.*?)</\1>", re.DOTALL)
_markup = re.compile("<[^>]*>")
_not_in_slug = re.compile(r"[^\w\- ]")

_TAGS = frozenset(
    "a abbr b blockquote br caption center code dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i"  # noqa: SIM905 (a list of words)
    " img input ins kbd li mark ol p pre q s samp section small span strike strong sub summary sup table tbody td"
    " tfoot th thead tr tt u ul var wbr".split()
)
_ATTRIBUTES = {
    "*": {"id", "title", "align", "lang", "dir"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "code": {"class"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "details": {"open"},
    "input": {"checked", "disabled"},
}
_is_language = re.compile(r"language-[\w+#.,:-]{1,80}").fullmatch


def is_markdown(filename: str) -> bool:
    """Tell whether a readme is Markdown, by its name; one without an ending is."""
    return PurePosixPath(filename).suffix.lower() in _MARKDOWN


def render_readme(text: str, filename: str, repository: Repository | None = None) -> str:
    """Render a readme by its name; it takes up to a second, and is for a thread."""
    return render_markdown(text, repository) if is_markdown(filename) else render_plain(text)


def render_plain(text: str) -> str:
    """Show a text as it was written."""
    shown, cut = _cut(text)
    return f"<pre>{escape(shown, quote=False)}</pre>\n{cut}"


def render_markdown(text: str, repository: Repository | None = None) -> str:
    """Render Markdown, with relative addresses leading into the repository; as plain text where it is made to harm."""
    shown, cut = _cut(text)
    html = _parse(shown)
    if len(html) > _MAX_HTML or html.count("&") > _MAX_REFERENCES or _depth(html) > _MAX_DEPTH:
        return render_plain(text)
    return _sanitise(_with_ids(html), repository) + cut


def _cut(text: str) -> tuple[str, str]:
    raw = text.encode(errors="replace")
    if len(raw) <= MAX_BYTES:
        return raw.decode(), ""
    return raw[:MAX_BYTES].decode(errors="ignore").rpartition("\n")[0], _CUT


def _parse(text: str) -> str:
    from cmarkgfm import markdown_to_html_with_extensions  # noqa: PLC0415 (start-up time)
    from cmarkgfm.cmark import Options  # noqa: PLC0415 (start-up time)

    options = Options.CMARK_OPT_FOOTNOTES
    if len(_has_raw_tag.findall(text)) <= _MAX_RAW_TAGS:
        options |= Options.CMARK_OPT_UNSAFE
    return str(markdown_to_html_with_extensions(text, options, _EXTENSIONS))


def _depth(html: str) -> int:
    """Tell how many elements can be open at once at least: an end closes only what has its name."""
    opened: Counter[str] = Counter()
    total = deepest = 0
    for match in _tags.finditer(html):
        name = match[2].lower()
        if name in _EMPTY:
            continue
        if not match[1]:
            opened[name] += 1
            total += 1
            deepest = max(deepest, total)
        elif opened[name]:
            opened[name] -= 1
            total -= 1
    return deepest


def _with_ids(html: str) -> str:
    seen: Counter[str] = Counter()

    def with_id(match: re.Match[str]) -> str:
        words = unescape(_markup.sub("", match[2])).strip().lower()
        slug = _not_in_slug.sub("", words).replace(" ", "-") or "section"
        number = seen[slug]
        seen[slug] += 1
        name = escape(f"{slug}-{number}" if number else slug)
        return f'<{match[1]} id="{name}">{match[2]}</{match[1]}>'

    return _headings.sub(with_id, html)


def _sanitise(html: str, repository: Repository | None) -> str:
    import nh3  # noqa: PLC0415 (start-up time)

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute in ("href", "src"):
            if attribute == "href" and value.startswith("#"):
                return f"#{ID_PREFIX}{value[1:].removeprefix(ID_PREFIX)}"
            return link_of(tag, value, repository)
        if attribute == "class":
            return value if _is_language(value) else None
        return value

    return nh3.clean(
        html,
        tags=set(_TAGS),
        clean_content_tags={"script", "style", "title", "template", "noscript", "textarea", "select", "iframe"},
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        link_rel="nofollow noopener noreferrer",
        # What else there can be of a form is gone by this: every field is a mark.
        set_tag_attribute_values={"input": {"type": "checkbox"}},
        url_schemes={"http", "https", "mailto", "data"},
        id_prefix=ID_PREFIX,
    )
