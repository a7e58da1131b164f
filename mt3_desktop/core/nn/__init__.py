"""The only room with torch: networks, weights, generation.

Importing the package sets one environment variable before torch can be imported through it: idle threads of
tensor operations sleep instead of spinning. On two busy cores spinning threads made a decoding step forty
times slower (430 ms of processor time against 11); OpenMP reads the variable when torch loads it, so no later
place would do. A value that the user has set is kept.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
