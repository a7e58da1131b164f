"""`python -m mt3_desktop` is the same program as `mt3-desktop`."""

import sys

from mt3_desktop.cli import main

if __name__ == "__main__":
    sys.exit(main())
