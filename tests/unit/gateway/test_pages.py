"""The pages in place of content."""

from typing import get_args

import pytest

from nacre.gateway.pages import Kind, language_of, page


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_page_is_whole_in_both_languages(kind):
    en, zh = page(kind, "en"), page(kind, "zh")
    assert 'lang="en"' in en and 'lang="zh-Hans"' in zh and en != zh
    for html in (en, zh):
        assert "http:" not in html and "https:" not in html and "src=" not in html and "<script" not in html
        assert "{" not in html.partition("</style>")[2]


def test_a_log_is_shown_as_text():
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page("crashed", "en", "<script>alert(1)</script>")


@pytest.mark.parametrize(
    ("accept", "language"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("ZH", "zh"), ("en-GB,zh", "en"), ("fr", "en"), ("", "en")],
)
def test_the_first_language_asked_for_counts(accept, language):
    assert language_of(accept) == language
