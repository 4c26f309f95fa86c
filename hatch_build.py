"""Building the compiled part of Byline, where there is a C compiler.

It is a shared library without Python in it, loaded with `ctypes`, so that one wheel serves every
Python. Without a compiler, or where it fails, the package is pure Python and does the same work
with `git`, slower: nothing depends on this.
"""

import os
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("src/byline/work/git/native")
LIBRARY = FOLDER / "lines.so"
FLAGS = ("-O2", "-std=c11", "-fPIC", "-shared")


class NativeBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Compiles the library into the source tree, from where it is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, before the wheel is put together."""
        if self.target_name != "wheel" or not self._compile():
            return
        if version != "editable":
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform}"
            build_data["artifacts"].append(LIBRARY.as_posix())

    def _compile(self) -> bool:
        root = Path(self.root)
        compiler = (
            shlex.split(os.environ.get("CC", ""))
            or [name for name in ("cc", "gcc", "clang") if shutil.which(name)][:1]
        )
        if not compiler:
            self.app.display_warning("no C compiler: authorship will be slower, and the same")
            return False
        aside = root / LIBRARY.with_suffix(f".{os.getpid()}")
        sources = sorted(str(file) for file in (root / FOLDER).glob("*.c"))
        done = subprocess.run(
            [*compiler, *FLAGS, "-o", str(aside), *sources], capture_output=True, check=False
        )
        if done.returncode:
            self.app.display_warning(f"not compiled: {done.stderr.decode(errors='replace')[-500:]}")
            aside.unlink(missing_ok=True)
            return False
        aside.replace(root / LIBRARY)
        return True
