"""What every test needs: the tests folder is importable, and property tests do not depend on luck.

No deadline: a slow machine is no failure. Derandomised: a run that fails fails again.
"""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))
settings.register_profile("byline", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("byline")
