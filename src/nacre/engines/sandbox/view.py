"""What of this machine is in view inside, read-only: its programs and their libraries, never its state."""

import os
import shutil
import sys
from pathlib import Path

PROGRAMS = "/opt/nacre/bin"
"""Where programs that Nacre brings along are found inside."""

_CARRIED = (
    "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO",
    "PIP_CERT", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_DEFAULT_TIMEOUT",
    "PIP_DISABLE_PIP_VERSION_CHECK", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_SYSTEM_CERTS",
    "NPM_CONFIG_REGISTRY", "NPM_CONFIG_CAFILE", "npm_config_registry", "npm_config_cafile",
)  # fmt: skip
"""Variables of the daemon's that hold inside too: how this machine finds packages and whom it trusts."""

_SYSTEM_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_ROOTS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC = (
    "alternatives", "bash.bashrc", "ca-certificates", "ca-certificates.conf", "crypto-policies", "debian_version",
    "fonts", "gai.conf", "gitconfig", "host.conf", "inputrc", "java", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
    "locale.alias", "localtime", "lsb-release", "magic", "mime.types", "npmrc", "os-release", "perl", "pip.conf", "pki",
    "profile", "profile.d", "protocols", "python3", "python3.11", "python3.12", "python3.13", "services", "shells",
    "ssl", "terminfo", "timezone", "vim", "xdg/pip",
)  # fmt: skip


def system_binds() -> list[str]:
    """bubblewrap's arguments for the read-only system."""
    argv = ["--ro-bind", "/usr", "/usr"]
    for name in _ROOTS:
        path = Path("/") / name
        if path.is_symlink():
            argv += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            argv += ["--ro-bind", str(path), str(path)]
    for name in _ETC:
        if (Path("/etc") / name).exists():
            argv += ["--ro-bind", f"/etc/{name}", f"/etc/{name}"]
    for folder in _apart(Path(sys.base_prefix), *_prefixes("node")):
        argv += ["--ro-bind", str(folder), str(folder)]
    uv = _uv()
    if uv is not None:
        argv += ["--ro-bind", str(uv), f"{PROGRAMS}/uv"]
    return argv


def carried() -> dict[str, str]:
    """The variables of the daemon's that hold inside, too."""
    return {name: os.environ[name] for name in _CARRIED if name in os.environ}


def interpreter() -> str:
    """The Python that Nacre itself runs on, by the path it has on the machine and inside alike."""
    executable: str = getattr(sys, "_base_executable", sys.executable)
    return os.path.realpath(executable)


def plain_path(home: str) -> str:
    """PATH where the machine's own folders are in view: the person's own programs first."""
    return ":".join([f"{home}/.local/bin", *_SYSTEM_PATH])


def search_path(home: str) -> str:
    """The same for inside, with what is shown besides the system's."""
    folders = [f"{home}/.local/bin", PROGRAMS, *(str(folder / "bin") for folder in _apart(*_prefixes("node"))),
               *(str(folder / "bin") for folder in _apart(Path(sys.base_prefix))),
               *_SYSTEM_PATH]  # fmt: skip
    return ":".join(dict.fromkeys(folders))


def _apart(*folders: Path) -> list[Path]:
    """Those that /usr does not hold already."""
    return [folder for folder in dict.fromkeys(folders) if folder.is_absolute() and not folder.is_relative_to("/usr")]


def _prefixes(program: str) -> list[Path]:
    """The folder above the bin folder that a program really lies in, if it lies in one."""
    found = shutil.which(program)
    if found is None:
        return []
    real = Path(os.path.realpath(found))
    return [real.parent.parent] if real.parent.name == "bin" and real.parent.parent != Path("/") else []


def _uv() -> Path | None:
    brought = Path(sys.prefix) / "uv" / "bin" / "uv"
    if brought.exists():
        return brought
    found = shutil.which("uv")
    return Path(os.path.realpath(found)) if found else None
