"""nacre.toml is read, and what is wrong in it is named together with what it may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nacre.core.errors import InvalidInput
from nacre.core.projectfile.file import parse


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[deploy]\n", "“deploy” is not known; known are dev, publish, cron"),
        ("[publish]\nstrat = 'x'\n", "“[publish] strat” is not known; known are on, folder, runtime, install, build"),
        ("[dev]\nstart = 'x'\n", "“[dev] start” is not known; known are run, install"),
        ("[publish]\nport = 80\n", "“[publish] port” is wrong: Input should be greater than or equal to 1024"),
        ("[publish]\nhealth = 'up'\n", "“[publish] health” is wrong: it must be a path of the app, such as /up"),
        ("[publish]\nfolder = '../x'\n", "“[publish] folder” is wrong: it must be a folder of the project"),
        ("[publish]\negress = 'none'\n", "it must be open, closed or a list of hosts"),
        ("[publish]\negress = ['a b']\n", "“a b” is no host"),
        ("[publish]\nseed = 'all'\n", "Input should be 'schema', 'data' or 'empty'"),
        ("[publish.env]\nPORT = '1'\n", "the port is set by [publish] port"),
        ("[publish.env]\nDATABASE_URL = ''\n", "it is set by Nacre, to the app's own database"),
        ("[publish]\nexclude = ['../*']\n", "must be a pattern as in .gitignore"),
        ("[publish]\nmemory_mb = 1\n", "“[publish] memory_mb” is wrong"),
        ("[cron]\n'61 * * * *' = 'x'\n", "“61” is no minute: 0 to 59"),
        ("[cron]\n'* * *' = 'x'\n", "“[cron] * * *” is wrong: it must have five fields"),
        ("[cron]\n'0 0 30 2 *' = 'x'\n", "that day never comes"),
        ("[cron]\n'@daily' = ''\n", "“[cron] @daily” is wrong"),
        ("[publish\n", "It is not TOML"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str):
    with pytest.raises(InvalidInput) as caught:
        parse(text)
    assert caught.value.code == "bad-project-file"
    assert words in caught.value.message


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str):
    try:
        parse(text)
    except InvalidInput as refused:
        assert refused.code == "bad-project-file"
