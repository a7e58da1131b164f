"""What the frozen command line runs."""

import multiprocessing
import sys

from mt3_desktop.cli import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
