"""An installation that failed is told by what is missing; the logs are those of the real programs."""

import pytest

from nacre.addons.diagnosis import diagnose

LOGS = {
    "npm error code EAI_AGAIN\nnpm error request to https://registry.example/left-pad failed": "registry",
    "error: Request failed after 3 retries\n  Caused by: error sending request for url\n  Caused by: client error "
    "(Connect)\n  Caused by: dns error: failed to lookup address information": "registry",
    "npm error code EINTEGRITY\nnpm error sha512-AAAA integrity checksum failed": "what is locked",
    "npm error ENOSPC: no space left on device, write": "disk is full",
    "../src/kerberos_gss.h:21:10: fatal error: gssapi/gssapi.h: No such file or directory": "Kerberos",
    "Package libsecret-1 was not found in the pkg-config search path.": "libsecret",
    "../src/keyboard.cc:5:10: fatal error: X11/XKBlib.h: No such file or directory": "xkbfile",
    "../src/x.cc:5:10: fatal error: X11/Xlib.h: No such file or directory": "X11",
    "gyp ERR! stack Error: not found: make": "make",
    "make: g++: No such file or directory": "compiler",
    "gyp ERR! find Python Python is not set from command line": "Python",
}


@pytest.mark.parametrize(("log", "says"), LOGS.items())
def test_the_reason_is_told_in_words(log: str, says: str):
    why, helps = diagnose(log)
    assert says in why
    assert helps


def test_a_log_without_a_known_sign_is_not_guessed_at():
    assert diagnose("it exploded") == ("", "")
