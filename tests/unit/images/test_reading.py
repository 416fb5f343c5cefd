"""What is read of clients and of other registries: ranges, names, manifests of any form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.engines.oci.manifest import parse_config, parse_manifest
from nacre.images.repository import parse_repository, parse_tag
from nacre.surfaces.distribution.bodies import begins_at, wanted

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("sha256:" + "0" * 64),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("config", "layers", "manifests", "mediaType", "digest", "size", "rootfs", "diff_ids", "Env")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.integers(0, 50), st.none() | st.integers(0, 60), st.none() | st.integers(0, 60))
def test_a_range_gives_the_bytes_that_a_slice_would(size, first, last):
    data = bytes(range(size))
    header = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    if first is None and last is None:
        expected = data
    elif first is None:
        expected = data[max(0, size - (last or 0)) :]
    else:
        expected = data[first:] if last is None else data[first : last + 1]
    try:
        part = wanted(header, size)
    except ValueError:
        assert expected == b""
        return
    begin, length = part or (0, size)
    assert data[begin : begin + length] == expected


@given(JSON)
def test_whatever_is_sent_as_a_manifest_is_read_or_refused(document):
    raw = json.dumps(document).encode()
    for parse in (parse_manifest, parse_config):
        try:
            parse(raw)
        except InvalidInput as error:
            assert error.code in ("bad-manifest", "bad-digest")


@pytest.mark.parametrize("name", ["shop", "shop/", "/shop", "a/b/c", "Shop/app", "shop/..", "shop/a b", "shop/a%2fb"])
def test_names_that_are_no_repository_are_refused(name):
    with pytest.raises(InvalidInput):
        parse_repository(name)


@pytest.mark.parametrize("tag", ["", ".hidden", "-x", "a/b", "a" * 129, "ü"])
def test_tags_are_plain(tag):
    with pytest.raises(InvalidInput):
        parse_tag(tag)


@pytest.mark.parametrize(("header", "begin"), [(None, None), ("0-9", 0), ("bytes 5-9/10", 5), ("7-6", 7)])
def test_pieces_say_where_they_begin(header, begin):
    assert begins_at(header) == begin


@pytest.mark.parametrize("header", ["", "x", "9-1", "-5", "5-"])
def test_pieces_that_do_not_are_refused(header):
    with pytest.raises(InvalidInput):
        begins_at(header)
