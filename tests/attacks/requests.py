"""Strategies for requests that no client would send."""

from hypothesis import strategies as st

_NASTY = (
    b"..", b".", b"...", b"%2e%2e", b"%2E.", b"%2f", b"%252f", b"%252e%252e", b"%00", b"\0", b"\\", b"%5c", b"..%5c",
    b"%c0%ae%c0%ae", b"%c0%af", b"%e0%80%af", b"\xff", b"\xed\xa0\x80", b"%ed%a0%80", b"%E2%80%AE", b"%ef%bc%8f",
    b"%", b"%z", b"%2", b"%0d%0aset-cookie:%20a=b", b"\r\nx: y", b"con", b"nul.tgz", b"aux", b"~", b"@", b"@@", b"@s",
    b"-", b"--", b"_", b"+", b" ", b"%20", b"*", b"!", b"'", b'"', b"<script>", b"{{7*7}}", b"${x}", b"%s%n", b":", b";",
    b"a" * 215, b"x" * 4000, b"__proto__", b"constructor", b"prototype", b"toString", b"hasOwnProperty",
    b"node_modules", b"favicon.ico", b"thing", b"Thing", b"@scope", b"part", b"@scope%2fpart", b"@scope%2Fpart",
    b"thing-1.0.0.tgz", b"thing-9.9.9.tgz", b"part-2.0.0.tgz", b"1.0.0", b"latest", b"^1", b">=1 <2", b"1 || 2", b"*",
    b"package", b"dist-tags", b"v1", b"search", b"ping", b"whoami", b"npm", b"-rev", b"file:", b"http:", b"canary",
    b"packhouse.sqlite3", b"packhouse.toml", b"etc", b"passwd",
)  # fmt: skip

pieces = st.one_of(st.sampled_from(_NASTY), st.binary(max_size=12))
segments = st.lists(pieces, min_size=1, max_size=3).map(b"".join)
paths = (
    st.lists(segments, max_size=5)
    .flatmap(
        lambda parts: st.sampled_from([b"/", b"//", b"/./", b"%2f"]).map(
            lambda slash: b"/".join(parts) if slash == b"/" else slash.join(parts)
        )
    )
    .map(lambda path: path.replace(b"?", b"%3f"))
)

_FIELDS = (b"text", b"size", b"from", b"write", b"quality", b"maintenance", b"q", b"page", b"cache")
_values = st.one_of(
    st.sampled_from([b"", b"0", b"-1", b"1e9", b"99999999999999999999", b"true", b"NaN", b"%00", b"%ff", b"a*", b'"', b"(a",
                     b"NEAR(a b)", b"name:x", b"keywords:x author:y", b"-", b"'; drop table package; --", b"%%%", b"_"]),
    pieces,
)  # fmt: skip
queries = st.lists(st.tuples(st.one_of(st.sampled_from(_FIELDS), pieces), _values), max_size=4).map(
    lambda fields: b"&".join(b"%b=%b" % field for field in fields)
)

_NAMES = (
    b"accept", b"accept-encoding", b"range", b"if-range", b"if-none-match", b"if-modified-since", b"host", b"connection",
    b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix", b"x-forwarded-for", b"forwarded", b"authorization",
    b"cookie", b"origin", b"referer", b"user-agent", b"content-length", b"content-type", b"npm-command", b"te", b"expect",
)  # fmt: skip
_HEADER_VALUES = (
    b"", b"*", b"*/*", b"application/vnd.npm.install-v1+json", b"application/json;q=0", b"text/html", b"gzip;q=nan",
    b"br;q=-1, zstd;q=1e400", b"gzip" + b", gzip" * 300, b"bytes=0-0", b"bytes=-0", b"bytes=5-2", b"bytes=999999999999-",
    b"bytes=0-1,3-4", b"bytes=\xb2-", b"bytes=" + b"0-," * 300, b'W/"x"', b'"', b'""', b"," * 500,
    b"Thu, 01 Jan 1970 00:00:00 GMT", b"Mon, 99 Foo 99999 99:99:99 GMT", b"Thu, 01 Jan 0001 00:00:00 -0000",
    b"Fri, 31 Dec 9999 23:59:59 -2359", b"0", b"evil.example", b"evil.example:99999", b"a b", b"user@evil.example",
    b"[::1]", b"[::1", b"evil.example/..", b"http", b"javascript", b"/..", b"127.0.0.1", b"Basic \xff", b"Bearer x",
)  # fmt: skip
header_lists = st.lists(
    st.tuples(st.sampled_from(_NAMES), st.one_of(st.sampled_from(_HEADER_VALUES), st.binary(max_size=20))), max_size=5
).map(lambda pairs: [(name, value.translate(None, b"\r\n\0")) for name, value in pairs])

methods = st.one_of(
    st.sampled_from(
        ["GET", "GET", "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get"]
    ),
    st.text(max_size=30),
)
