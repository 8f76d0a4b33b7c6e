"""Secrets are replaced in every usual spelling, however a stream is cut."""

import base64
import json
import shlex
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from designer.launcher.masking import Mask, spellings

SECRET = 'Kö"n/i+g s-4711&\\x'


@pytest.mark.parametrize(
    "spell",
    [
        lambda s: s,
        repr,
        lambda s: repr(s.encode()),
        json.dumps,
        lambda s: json.dumps(s, ensure_ascii=False),
        lambda s: urllib.parse.quote(s),
        lambda s: urllib.parse.quote(s, safe=""),
        urllib.parse.quote_plus,
        shlex.quote,
        lambda s: base64.b64encode(s.encode()).decode(),
        lambda s: base64.b64encode(f"user:{s}".encode()).decode(),
        lambda s: base64.b64encode(f"me:{s}:and more".encode()).decode(),
        lambda s: base64.urlsafe_b64encode(f"u:{s}".encode()).decode(),
        lambda s: s.encode().hex(),
    ],
)
def test_a_spelling_of_a_secret_is_masked(spell: object) -> None:
    written = spell(SECRET)  # type: ignore[operator]

    masked = Mask([SECRET]).text(f"before {written} after")

    assert "***" in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    assert not any(one.decode("utf-8", "replace") in masked for one in spellings(SECRET))


def test_every_line_of_a_key_is_masked_by_itself() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQ\nabcdefghijklmnopqrstuvwxyz\n-----END KEY-----\n"

    assert Mask([key]).text("line: abcdefghijklmnopqrstuvwxyz.") == "line: ***."


@given(
    st.lists(st.text("ab1é", min_size=6, max_size=14), min_size=1, max_size=3),
    st.text("ab1é x", max_size=60),
    st.data(),
)
def test_a_stream_is_masked_as_its_whole_would_be_found(secrets: list[str], noise: str, data: st.DataObject) -> None:
    whole = f"{noise}{secrets[0]}{noise}{''.join(secrets)}".encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    mask = Mask(secrets)
    stream = mask.stream()

    out = b"".join(stream.feed(whole[a:b]) for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)) + stream.end()

    assert not any(one.encode() in out for one in secrets)


def test_what_cannot_become_a_secret_is_not_held_back() -> None:
    stream = Mask(["correct horse"]).stream()

    assert stream.feed(b"round 1\n") == b"round 1\n"
    assert stream.feed(b"it is corr") == b"it is "
    assert stream.feed(b"ect") == b""
    assert stream.feed(b"ly\n") == b"correctly\n"
    assert stream.end() == b""


def test_texts_anywhere_in_a_value_are_masked() -> None:
    assert Mask(["correct horse"]).value({"correct horse": ["a correct horse", 1, None]}) == {"***": ["a ***", 1, None]}
