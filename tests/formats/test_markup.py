import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packhouse.formats.markup import MAX_BYTES, render_markdown, render_plain, render_readme
from packhouse.formats.markup_links import Repository

REPOSITORY = Repository("https://git.example/team/tools.git", "crates/pear")

HARMFUL = (
    "<script>alert(1)</script>",
    "<style>body{display:none}</style>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><a xlink:href=javascript:alert(1)>x</a></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>",
    "<iframe src=https://evil.example></iframe>",
    "<object data=x></object><embed src=x>",
    "<form action=https://evil.example><button>go</button></form>",
    "<base href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example>",
    "<p style='position:fixed;inset:0'>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' java&#10;script:alert(1)'>x</a>",
    "<a href='JaVaScRiPt&colon;alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='da&#9;ta:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<img srcset='https://evil.example/x 2x'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<details ontoggle=alert(1) open>x</details>",
    "<input autofocus onfocus=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "![x](javascript:alert(1))",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    '```"><script>alert(1)</script>\nx\n```',
    '# x" onclick=alert(1)',
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<div id=packhouse name=body>x</div>",
)
_ELEMENTS = {"script", "style", "svg", "math", "iframe", "object", "embed", "form", "button", "base", "meta", "link"}


class Harm(HTMLParser):
    """Collects what of a page could do something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ELEMENTS:
            self.found.append(tag)
        for name, value in attrs:
            plain = re.sub("[\0-\x20]", "", value or "").lower()
            scheme = re.match("[a-z][a-z0-9+.-]*:", plain)
            if name.startswith("on") or name in ("style", "srcset", "action", "name"):
                self.found.append(f"{tag} {name}")
            if name == "id" and not plain.startswith("user-content-"):
                self.found.append(f"{tag} id {plain}")
            allowed = ("http:", "https:", "mailto:") + (("data:",) if tag == "img" else ())
            if name in ("href", "src") and scheme and scheme[0] not in allowed:
                self.found.append(f"{tag} {name} {plain[:40]}")
            if plain.startswith("data:image/svg"):
                self.found.append("picture with programs")


def harm(html: str) -> list[str]:
    reader = Harm()
    reader.feed(html)
    reader.close()
    return reader.found


@pytest.mark.parametrize("text", HARMFUL)
def test_nothing_that_could_run_is_left(text: str) -> None:
    assert harm(render_markdown(text)) == []
    assert harm(render_markdown(f"# a\n\n{text}\n\n> {text}", REPOSITORY)) == []
    assert harm(render_plain(text)) == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(HARMFUL), st.text(max_size=20)), max_size=8).map("".join))
def test_no_mixture_of_harmful_texts_does_anything(text: str) -> None:
    assert harm(render_markdown(text, REPOSITORY)) == []


def test_markdown_is_that_of_github() -> None:
    text = (
        "# The Pear!\n## The Pear!\n\n- [x] ripe\n- [ ] eaten\n\n|a|b|\n|-|-:|\n|1|~~2~~|\n\n"
        "```rust,no_run\nlet a: Vec<u8>;\n```\n\nwww.pear.example, https://pear.example/x\n\nx[^1]\n\n[^1]: foot\n"
    )
    html = render_markdown(text)
    assert '<h1 id="user-content-the-pear">The Pear!</h1>' in html
    assert '<h2 id="user-content-the-pear-1">' in html
    assert '<input checked="" disabled="" type="checkbox"> ripe' in html
    assert render_markdown(text) == html
    assert '<td align="right"><del>2</del></td>' in html
    assert '<code class="language-rust,no_run">let a: Vec&lt;u8&gt;;' in html
    assert '<a href="http://www.pear.example" rel="nofollow noopener noreferrer">' in html
    assert '<a href="https://pear.example/x" rel="nofollow noopener noreferrer">' in html
    assert '<li id="user-content-fn-1">' in html


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("[x](docs/a.md#b)", "https://git.example/team/tools/blob/HEAD/crates/pear/docs/a.md#b"),
        ("[x](../../LICENSE)", "https://git.example/team/tools/blob/HEAD/LICENSE"),
        ("[x](../../../../../../other)", "https://git.example/team/tools/blob/HEAD/other"),
        ("[x](/LICENSE?a=b)", "https://git.example/team/tools/blob/HEAD/LICENSE?a=b"),
        ("[x](docs/)", "https://git.example/team/tools/blob/HEAD/crates/pear/docs/"),
        ("[x](film.mp4)", "https://git.example/team/tools/raw/HEAD/crates/pear/film.mp4"),
        ("![x](./logo.svg)", "https://git.example/team/tools/raw/HEAD/crates/pear/logo.svg?sanitize=true"),
        ("![x](a/logo.png)", "https://git.example/team/tools/raw/HEAD/crates/pear/a/logo.png"),
        ("[x](//other.example/a)", "https://other.example/a"),
        ("[x](#the-pear)", "#user-content-the-pear"),
        ("[x](#user-content-the-pear)", "#user-content-the-pear"),
        ("[x](mailto:a@b.example)", "mailto:a@b.example"),
    ],
)
def test_relative_addresses_lead_into_the_repository(text: str, address: str) -> None:
    found = re.search('(?:href|src)="([^"]*)"', render_markdown(text, REPOSITORY))
    assert found is not None
    assert found[1] == address


@pytest.mark.parametrize("url", ["", "ssh://git@git.example/x", "https://git.example", "https://[x", "javascript:x"])
def test_relative_addresses_without_a_repository_on_the_web_are_left_out(url: str) -> None:
    html = render_markdown("[x](a.md) ![y](b.png)", Repository(url))
    assert "href" not in html
    assert "src" not in html


def test_a_repository_that_is_named_by_one_of_its_folders_is_found() -> None:
    html = render_markdown(
        "[x](a.md)", Repository("https://git.example/team/tools/tree/main/crates/pear/", "crates/pear")
    )
    assert "https://git.example/team/tools/blob/HEAD/crates/pear/a.md" in html


def test_what_is_no_markdown_is_shown_as_it_was_written() -> None:
    assert render_readme("# <b>x</b>", "docs/README.txt") == "<pre># &lt;b&gt;x&lt;/b&gt;</pre>\n"
    assert "<h1" in render_readme("# x", "README")
    assert "<h1" in render_readme("# x", "ReadMe.MD")


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    html = render_markdown("a line\n" * (MAX_BYTES // 7 + 10))
    assert "left out" in html
    assert html.count("a line") == MAX_BYTES // 7
    assert "left out" in render_plain("ä" * MAX_BYTES)


@pytest.mark.parametrize(
    "text",
    ["<div>", "> ", "[", "![", "[a](", "*a **a ", "*a_", "&", "&lt;", "<", "<a ", "~~a ", "[^1]", "<b><p>", "a@",
     "www.", "<div><table></div></table>", "<svg><a>", "* ", "`a``", "<!--", "|a", "\\", "<dl><dd>"],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    html = render_markdown(text * (MAX_BYTES // len(text)))
    # A second on the machine that this was measured on: the worst took 0.9.
    assert time.process_time() - began < 5
    assert harm(html) == []


def test_a_lone_surrogate_is_no_trouble() -> None:
    assert render_markdown("a\ud800b") == "<p>a?b</p>\n"
