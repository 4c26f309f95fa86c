"""The process of two repositories: reviews, issues, builds, incidents, traces, and their answers.

Everything is told in scenes (`data/process/*/*.scene`): who did what, when, in which words. One
telling makes the repository with its hidden refs, the exports that agree with it to the line, and
the answers.
"""

from byline.sample.process.write import ProcessSummary, write_process

__all__ = ["ProcessSummary", "write_process"]
