"""`python -m nacre.llm.sidecar [DESCRIPTOR…]`: the process that models are reached by, started by the daemon.

The descriptors are sockets to listen at. What else it must know, keys among it, comes by standard input.
"""

import sys

from nacre.llm.dropping import become


def main(argv: list[str]) -> None:
    descriptors = [int(each) for each in argv if each.isdigit()]
    account = next((each.partition("=")[2] for each in argv if each.startswith("--account=")), "")
    if account:
        uid, _, gid = account.partition(":")
        become(int(uid), int(gid))
    from nacre.llm.serving import serve

    serve(sys.stdin.buffer.read(), descriptors)


if __name__ == "__main__":
    main(sys.argv[1:])
