"""The files in /etc that must not be this machine's own: who there is, and how names are resolved."""

from nacre.engines.sandbox import image
from nacre.engines.sandbox.layout import Layout, settle
from nacre.engines.sandbox.spec import Spec

FILES = ("passwd", "group", "hosts", "hostname", "nsswitch.conf", "resolv.conf")


def write(spec: Spec, uid: int, gid: int, resolver: str) -> None:
    """Write them where the sandbox mounts them from. `resolver` is an address, or empty where names mean nothing."""
    users, groups = _known(spec)
    home, user = spec.env.get("HOME", "/"), spec.env.get("USER", "person")
    shell = spec.env.get("SHELL", "/bin/bash")
    texts = {
        "passwd": f"{users[0]}{user}:x:{uid}:{gid}:{user}:{home}:{shell}\n{users[1]}",
        "group": f"{groups[0]}{user}:x:{gid}:\n{groups[1]}",
        "hosts": f"127.0.0.1 localhost {spec.hostname}\n::1 localhost\n",
        "hostname": f"{spec.hostname}\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
        "resolv.conf": f"nameserver {resolver}\n" if resolver else "# Names outside are not resolved in here.\n",
    }
    folder = Layout(spec.folder).etc
    for name, text in texts.items():
        settle(folder / name, text.encode())


def _known(spec: Spec) -> tuple[tuple[str, str], tuple[str, str]]:
    """Users and groups before the sandbox's own, and those after it. An image knows some by itself, who come last: of
    two with one number the first counts."""
    if spec.root is None:
        nobody = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
        return ("root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n", nobody), ("root:x:0:\n", "nogroup:x:65534:\n")
    users, groups = (image.own_text(spec.root / "etc" / name) for name in ("passwd", "group"))
    return ("", users), ("", groups)
