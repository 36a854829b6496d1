"""Reading XML: what is read in C is what would be read strictly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.errors import UpstreamBad
from packhouse.ecosystems.maven.elements import MAX_DEPTH, Element, parse_elements
from packhouse.ecosystems.maven.pom import parse_core, parse_pom

NAMES = st.sampled_from(["project", "a", "x:a", "dependency", "groupId"])
TEXTS = st.sampled_from(["", " ", "1.0", "&amp;", "&eacute;", "<!-- xmlns -->", "<![CDATA[<project xmlns=''>]]>", "é"])
OPENINGS = st.sampled_from(
    [
        "",
        ' xmlns="http://maven.apache.org/POM/4.0.0"',
        ' xmlns = "http://maven.apache.org/POM/4.0.0"',
        ' xmlns="urn:other" xmlns:x="urn:x"',
        ' xmlns:xsi="urn:i" xsi:schemaLocation="there"',
    ]
)


def written(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(NAMES, TEXTS, st.lists(st.tuples(children, TEXTS), max_size=4)).map(
        lambda parts: f"<{parts[0]}>{parts[1]}{''.join(map(''.join, parts[2]))}</{parts[0]}>"
    )


BODIES = st.recursive(written(st.just("<b/>")), written, max_leaves=12)


def told(element: Element) -> object:
    return (element.name, element.text, [told(each) for each in element])


@given(st.sampled_from(["project", "metadata"]), OPENINGS, BODIES)
def test_a_document_is_read_alike_in_c_and_strictly(name: str, opening: str, inner: str) -> None:
    body = f"<{name}{opening}>{inner}</{name}>"
    # What mentions a document type, if only in a comment, is read strictly.
    strictly = f"{body}<!-- <!DOCTYPE -->"
    assert told(parse_elements(body.encode())) == told(parse_elements(strictly.encode()))


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE project><project/>",
        b"<project>&unheard;</project>",
        b"<project>",
        b"<project>\0</project>",
        b'<?xml version="1.0" encoding="unheard-of"?><project/>',
        b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
    ],
)
def test_what_is_no_plain_xml_is_refused(body: bytes) -> None:
    with pytest.raises(UpstreamBad):
        parse_elements(body)


def test_a_prefix_that_nobody_declares_is_taken_off() -> None:
    assert told(parse_elements(b"<m:project><m:a>1</m:a></m:project>")) == ("project", "", [("a", "1", [])])


def test_of_several_children_with_one_name_the_first_is_read() -> None:
    element = parse_elements(b"<a><b> 1 </b><c/><b>2</b></a>")
    assert element.texts() == {"b": "1", "c": ""}
    assert [element.read("b"), element.read("c"), element.read("d")] == ["1", "", None]


def test_what_resolving_reads_of_a_pom_is_what_the_whole_says() -> None:
    body = b"""<project xmlns="http://maven.apache.org/POM/4.0.0"><groupId>g</groupId><artifactId>a</artifactId>
        <version>1</version><description>d</description><properties><x>1</x></properties><dependencies><dependency>
        <groupId>h</groupId><artifactId>b</artifactId><version>${x}</version><exclusions><exclusion>
        <groupId>*</groupId></exclusion></exclusions></dependency></dependencies></project>"""
    core, whole = parse_core(body), parse_pom(body)
    assert whole.description == "d"
    assert core.dependencies == whole.dependencies
    assert core.dependencies[0].exclusions == (("*", ""),)
    assert (core.group, core.artifact, core.version, core.properties) == ("g", "a", "1", {"x": "1"})
