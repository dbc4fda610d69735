"""Makes the students' notebooks and grades what they hand in: `make release`, `make grade SUBMISSIONS=folder`."""

from __future__ import annotations

import sys

import parlab

sys.path.insert(0, str(parlab.EXERCISES))

from grader.__main__ import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
