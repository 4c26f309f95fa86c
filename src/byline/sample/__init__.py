"""An invented organisation to try Byline on: repositories, people, terms, and an answer key."""

from byline.sample.write import SampleSummary, write_sample

__all__ = ["SampleSummary", "write_sample"]
