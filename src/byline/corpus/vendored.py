"""Whether a file was copied in from somebody else's project, and what says so.

Paths decide, after linguist's `vendor.yml`; the repository's own claim in ``.gitattributes`` comes
first, in both directions.
"""

from typing import Final

import re2

from byline.corpus.attributes import Attributes

FOLDER: Final = re2.compile(
    r"(?i)(?:^|/)("
    r"vendor(?:ed|s)?|_vendor(?:ed)?|third[-_]?party|3rd[-_]?party|node_modules|bower_components"
    r"|jspm_packages|external|externals|extern|Godeps|Carthage|Pods|site-packages|dist-packages"
    r"|\.venv|virtualenv|\.tox|\.bundle|deps|subprojects/packagecache|wwwroot/lib|\.yarn"
    r"|cargo-vendor|elm-stuff|\.gradle|inst/extdata"
    r")/"
)
BUILD_FOLDER: Final = re2.compile(r"^(?:(?:[\w.-]+/){0,2})(dist|bower|target/(?:debug|release))/")
FILE: Final = re2.compile(
    r"(?i)(?:^|/)("
    r"jquery(?:[.-][\w.-]+)?\.js|bootstrap(?:[.-][\w.-]+)?\.(?:js|css)|font-?awesome[\w.-]*\.css"
    r"|normalize\.css|modernizr[\w.-]*\.js|react(?:-dom)?[.-][\d.]+[\w.-]*\.js|angular[\w.-]*\.js"
    r"|d3(?:\.v\d+)?\.js|mathjax\.js|html5shiv[\w.-]*\.js|gradlew(?:\.bat)?|mvnw(?:\.cmd)?"
    r"|gradle-wrapper\.properties|config\.(?:guess|sub)|ltmain\.sh|libtool\.m4|install-sh|missing"
    r"|depcomp|versioneer\.py|ez_setup\.py|get-pip\.py|catch\.hpp|stb_\w+\.h|sqlite3\.[ch]"
    r")$"
)


def vendored(path: str, *, attributes: Attributes | None = None) -> str | None:
    """What says that the file is third-party code kept in the repository, or None.

    Args:
        path: Its path in the repository.
        attributes: The repository's ``.gitattributes``; its claim decides, in both directions.
    """
    if attributes is not None:
        claimed = attributes.claim(path, "linguist-vendored")
        if claimed is not None:
            return "the repository's .gitattributes (linguist-vendored)" if claimed else None
    folder = FOLDER.search(path) or BUILD_FOLDER.search(path)
    if folder:
        return f"folder {folder.group(1)}/"
    known = FILE.search(path)
    return f"well-known third-party file {known.group(1)}" if known else None
