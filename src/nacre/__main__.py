"""`python -m nacre`: the command line."""

import sys

from nacre.surfaces.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
