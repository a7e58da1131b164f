"""What the frozen window program runs."""

import multiprocessing
import sys

from mt3_desktop.gui.main import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
