"""The files in /etc that must not be this machine's own: who there is, and how names are resolved."""

from nacre.engines.sandbox.layout import Layout, settle
from nacre.engines.sandbox.spec import Spec

FILES = ("passwd", "group", "hosts", "hostname", "nsswitch.conf", "resolv.conf")


def write(spec: Spec, uid: int, gid: int, resolver: str) -> None:
    """Write them where the sandbox mounts them from. `resolver` is an address, or empty where names mean nothing."""
    home, user = spec.env.get("HOME", "/"), spec.env.get("USER", "person")
    shell = spec.env.get("SHELL", "/bin/bash")
    texts = {
        "passwd": f"root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n{user}:x:{uid}:{gid}:{user}:{home}:{shell}\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
        "group": f"root:x:0:\n{user}:x:{gid}:\nnogroup:x:65534:\n",
        "hosts": f"127.0.0.1 localhost {spec.hostname}\n::1 localhost\n",
        "hostname": f"{spec.hostname}\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
        "resolv.conf": f"nameserver {resolver}\n" if resolver else "# Names outside are not resolved in here.\n",
    }
    folder = Layout(spec.folder).etc
    for name, text in texts.items():
        settle(folder / name, text.encode())
