"""The lowest layer: what scripts, servers and wheels expect to find on a Linux, and nothing else."""

import shutil
import ssl
from collections.abc import Iterable, Iterator
from pathlib import Path

import certifi

from nacre.core.errors import Unavailable
from nacre.engines.oci.entries import Entry, File, Folder, Link, Same, entries_of
from nacre.images.base.libraries import known, needed_by

APP_UID = 1000
PROGRAMS = (
    "sh", "bash", "[", "arch", "awk", "b2sum", "base64", "basename", "cat", "chgrp", "chmod", "chown", "cksum",
    "cmp", "comm", "cp", "cut", "date", "dd", "df", "diff", "dirname", "du", "echo", "egrep", "env", "expand",
    "expr", "false", "fgrep", "find", "fmt", "fold", "getent", "grep", "gunzip", "gzip", "head", "hostname", "id",
    "install", "join", "kill", "ldd", "link", "ln", "locale", "logname", "ls", "md5sum", "mkdir", "mkfifo",
    "mktemp", "mv", "nice", "nl", "nohup", "nproc", "numfmt", "od", "paste", "printenv", "printf", "ps", "pwd",
    "readlink", "realpath", "rm", "rmdir", "sed", "seq", "sha1sum", "sha256sum", "sha512sum", "shuf", "sleep",
    "sort", "split", "stat", "stdbuf", "stty", "sum", "sync", "tac", "tail", "tar", "tee", "test", "timeout",
    "touch", "tr", "true", "truncate", "tsort", "tty", "uname", "uniq", "unlink", "wc", "which", "who", "whoami",
    "xargs", "yes", "zcat",
)  # fmt: skip
"""Those of them that this machine has; without `sh` and `env` there is no image."""

LIBRARIES = (
    "libanl.so.1", "libatomic.so.1", "libbz2.so.1.0", "libcrypt.so.1", "libcrypto.so.3", "libdl.so.2",
    "libexpat.so.1", "libffi.so.8", "libgcc_s.so.1", "libgomp.so.1", "liblzma.so.5", "libm.so.6",
    "libncursesw.so.6", "libnsl.so.1", "libnss_dns.so.2", "libnss_files.so.2", "libpthread.so.0",
    "libreadline.so.8", "libresolv.so.2", "librt.so.1", "libsqlite3.so.0", "libssl.so.3", "libstdc++.so.6",
    "libtinfo.so.6", "libutil.so.1", "libuuid.so.1", "libz.so.1", "libzstd.so.1",
)  # fmt: skip
"""What wheels and Node's native modules may take for granted (PEP 600), and what Python's own modules link to."""

_TERMINALS = ("dumb", "linux", "screen", "screen-256color", "tmux-256color", "vt100", "xterm", "xterm-256color")
_MERGED = ("bin", "sbin", "lib", "lib64")
_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem")
_BUNDLE = "etc/ssl/certs/ca-certificates.crt"


def userland() -> Iterator[Entry]:
    """The entries of the layer, from what is installed here. Raises Unavailable "no-base-image"."""
    programs = _programs()
    libraries = _libraries()
    yield from _skeleton()
    yield from copies([*programs, *libraries, *needed_by([*programs, *libraries])])
    yield from _certificates()
    yield from _places()
    yield from _terminals()


def copies(paths: Iterable[Path]) -> Iterator[Entry]:
    """Files of this machine at the places they have here, on a file system where /bin, /lib and so on are merged.

    A program of many names (busybox, uutils) is stored once.
    """
    stored: dict[tuple[int, int], str] = {}
    for place, path in sorted({merged(path): path for path in paths}.items()):
        status = path.stat()
        first = stored.setdefault((status.st_dev, status.st_ino), place)
        if first == place:
            yield File(place, path.resolve(), executable=True)
        else:
            yield Same(place, first)


def merged(path: Path) -> str:
    """Where a file of this machine lies in the image, relative to its root."""
    inside = str(path).lstrip("/")
    return f"usr/{inside}" if inside.split("/")[0] in _MERGED else inside


def _programs() -> list[Path]:
    found = {name: shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin") for name in PROGRAMS}
    for name in ("sh", "env"):
        if found[name] is None:
            raise Unavailable(
                "no-base-image",
                f"This machine has no `{name}` in /usr/bin, so no image can be based on it.",
                hint="Publish with a Dockerfile instead.",
            )
    return [Path(path) for path in found.values() if path is not None]


def _libraries() -> list[Path]:
    here = known()
    return [here[name] for name in LIBRARIES if name in here]


def _skeleton() -> Iterator[Entry]:
    for name in _MERGED:
        yield Folder(f"usr/{name}")
        yield Link(name, f"usr/{name}")
    for name in ("dev", "etc", "home", "opt", "proc", "run", "srv", "sys", "usr/local/bin", "usr/local/lib", "var/log"):
        yield Folder(name)
    yield Folder("root", 0o700)
    yield Folder("tmp", 0o1777)
    yield Folder("var/tmp", 0o1777)
    for name in ("home/app", "app", "data"):
        yield Folder(name, uid=APP_UID)
    for path, text in _TEXTS.items():
        yield File(path, text.encode())
    yield File("etc/os-release", _os_release().encode())


_TEXTS = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"
    f"app:x:{APP_UID}:{APP_UID}:app:/home/app:/bin/sh\n"
    "nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    "etc/group": f"root:x:0:\ntty:x:5:\napp:x:{APP_UID}:\nnogroup:x:65534:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "etc/resolv.conf": "",
    "etc/services": "domain 53/tcp\ndomain 53/udp\nhttp 80/tcp\nhttps 443/tcp\npostgresql 5432/tcp\nsmtp 25/tcp\n"
    "ssh 22/tcp\nsubmission 587/tcp\n",
    "etc/protocols": "ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\nipv6-icmp 58 IPv6-ICMP\n",
    "etc/shells": "/bin/sh\n/bin/bash\n",
}


def _os_release() -> str:
    """Programs that look for a family of distributions find the one that the libraries come from."""
    told: dict[str, str] = {}
    for path in (Path("/etc/os-release"), Path("/usr/lib/os-release")):
        if path.exists():
            told = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line)
            break
    family = told.get("ID", "linux").strip('"')
    version = told.get("VERSION_ID", "").strip('"')
    return (
        f'NAME="Nacre"\nPRETTY_NAME="Nacre on {family} {version}"\nID=nacre\nID_LIKE={family}\nVERSION_ID="{version}"\n'
    )


def _certificates() -> Iterator[Entry]:
    """The authorities that this machine trusts; where it keeps none, those of Mozilla."""
    bundle = next((Path(path) for path in _BUNDLES if Path(path).is_file()), Path(certifi.where()))
    yield File(_BUNDLE, bundle.resolve())
    sought = ssl.get_default_verify_paths().openssl_cafile.lstrip("/")
    if sought and sought != _BUNDLE:
        yield Link(sought, f"/{_BUNDLE}")


def _places() -> Iterator[Entry]:
    """Time zones, and the locale in which text is UTF-8."""
    zones, locale = Path("/usr/share/zoneinfo"), Path("/usr/lib/locale/C.utf8")
    if zones.is_dir():
        yield from entries_of(zones, "usr/share/zoneinfo", lambda path: path.split("/")[0] in ("posix", "right"))
        yield Link("etc/localtime", "/usr/share/zoneinfo/UTC")
    if locale.is_dir():
        yield from entries_of(locale, "usr/lib/locale/C.utf8")


def _terminals() -> Iterator[Entry]:
    for name in _TERMINALS:
        for folder in ("/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo"):
            found = Path(folder) / name[0] / name
            if found.is_file():
                yield File(f"usr/share/terminfo/{name[0]}/{name}", found.resolve())
                break
