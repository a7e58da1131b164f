"""What the program costs: every figure of the README is one command of this package."""
