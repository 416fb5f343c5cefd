"""What went wrong with an installation, in words that tell what is missing."""

import re

_SIGNS = (
    (
        r"EINTEGRITY|hash mismatch",
        "what was fetched is not what is locked",
        "A mirror may have altered it. Fetch from the registry itself, or upgrade Nacre for a newer lock.",
    ),
    (
        r"ENOSPC|No space left on device",
        "the disk is full",
        "Make room, then install it again.",
    ),
    (
        r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|dns error"
        r"|error sending request|client error \(Connect\)|Temporary failure in name resolution|Network is unreachable"
        r"|Failed to fetch",
        "the package registry cannot be reached from here",
        "Check this machine's network; behind a mirror, set NPM_CONFIG_REGISTRY and UV_DEFAULT_INDEX for the daemon.",
    ),
    (
        r"CERT_|self.signed certificate|UNABLE_TO_(?:GET|VERIFY)|invalid peer certificate",
        "the registry's certificate is not trusted here",
        "Set SSL_CERT_FILE and NODE_EXTRA_CA_CERTS for the daemon to this network's certificate.",
    ),
    (r"gssapi", "the headers of Kerberos are missing", "apt-get install libkrb5-dev"),
    (r"libsecret", "the headers of libsecret are missing", "apt-get install libsecret-1-dev"),
    (r"xkbfile|XKB", "the headers of xkbfile are missing", "apt-get install libxkbfile-dev"),
    (r"X11/", "the headers of X11 are missing", "apt-get install libx11-dev"),
    (r"not found: make|make: (?:command )?not found", "make is missing", "apt-get install make"),
    (r"g\+\+|c\+\+|cc1plus|not found: cc", "there is no C++ compiler", "apt-get install g++"),
    (r"find Python|PYTHON", "Python is missing", "apt-get install python3"),
    (r"No solution found|no wheels? (?:with|for)|EBADPLATFORM|notsup", "it is not made for this kind of machine", ""),
)


def diagnose(log: str) -> tuple[str, str]:
    """(why, what helps) by the first sign in the log; ("", "") when it shows none that is known."""
    for sign, why, helps in _SIGNS:
        if re.search(sign, log):
            return why, helps
    return "", ""
