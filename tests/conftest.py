"""What every test needs: shared helpers are imported from the tests folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
