"""The objects of an export that holds more than issues, without those of others' files.

In the layouts of `byline.fetch`, reviews and builds have folders of their own, and readers of their
own, which also tell what is wrong with them; those files are neither read nor reported here.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from byline.work.exports import JSON, Document, files, objects
from byline.work.items import Problem, Source

OTHERS: Final = re.compile(
    r"(?:^|/)(?:pulls/\d+|merge_requests/\d+|runs/\d+|jobs/\d+)\.json$"
)  # fmt: skip


def objects_beside(source: Source) -> Iterator[Document | Problem]:
    """`byline.work.exports.objects`, but for files that the layouts give to other readers.

    Raises:
        InputError: There is nothing at the source's path.
    """
    for file in files(source, suffixes=JSON):
        if isinstance(file, Problem):
            yield file
        elif not OTHERS.search(file.name):
            for one in objects(replace(source, path=file.path)):
                yield replace(one, file=file.name)
