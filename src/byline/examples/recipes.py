"""Every recipe that reads commits or work items, by name, with the form it is written in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final

from byline.examples.break_repair import VERSION as BREAK_REPAIR
from byline.examples.break_repair import BreakRepairSettings, break_repair
from byline.examples.commit_edit import VERSION as COMMIT_EDIT
from byline.examples.commit_edit import CommitEditSettings, commit_edits, edit_rendering
from byline.examples.decisions import VERSION as DECISION
from byline.examples.decisions import DecisionSettings, decision
from byline.examples.draft import Declined, Draft
from byline.examples.incident_settings import VERSION as INCIDENT
from byline.examples.incident_settings import IncidentSettings
from byline.examples.incidents import incident
from byline.examples.issue_patch import VERSION as ISSUE_PATCH
from byline.examples.issue_patch import IssuePatchSettings, issue_patch
from byline.examples.material import Material
from byline.examples.message import VERSION as MESSAGE
from byline.examples.message import MessageSettings, message
from byline.examples.next_edit import VERSION as NEXT_EDIT
from byline.examples.next_edit import NextEditSettings, next_edit
from byline.examples.passage_settings import VERSION as PASSAGE
from byline.examples.passage_settings import PassageSettings
from byline.examples.passages import passage
from byline.examples.preference_sides import VERSION as PREFERENCE
from byline.examples.preference_sides import PreferenceSettings
from byline.examples.preferences import preference
from byline.examples.rendering_layout import RenderSettings
from byline.examples.review_comment import VERSION as REVIEW_COMMENT
from byline.examples.review_comment import ReviewCommentSettings, review_comment
from byline.examples.review_conversation import VERSION as REVIEW_CONVERSATION
from byline.examples.review_conversation import ReviewConversationSettings, review_conversation
from byline.examples.review_quality import VERSION as REVIEW_QUALITY
from byline.examples.review_quality import ReviewQualitySettings, review_quality
from byline.examples.review_revision import VERSION as REVIEW_REVISION
from byline.examples.review_revision import ReviewRevisionSettings, review_revision
from byline.examples.trajectory import VERSION as TRAJECTORY
from byline.examples.trajectory import TrajectorySettings, trajectory


@dataclass(frozen=True)
class Recipe:
    """One recipe.

    Attributes:
        name: Of the recipe.
        version: Changes with what it makes.
        style: How it is rendered unless the configuration says otherwise; preferences have three
            texts in every style.
        make: Its function.
        options: The class of its settings.
        rendering: How its drafts are written, from its settings; None: as all are.
        has_one_form: Whether neither another style nor another model's tokens apply to it.
        work_class: Of what it declines.
    """

    name: str
    version: str
    style: str
    make: Callable[[Material, Any], Iterator[Draft | Declined]]
    options: Callable[..., Any]
    rendering: Callable[[Any], RenderSettings] | None = None
    has_one_form: bool = False
    work_class: str = "process"

    def settings(self, seed: int) -> dict[str, Any]:
        """Its version and settings, as a release records them."""
        return {"version": self.version, "style": self.style, **asdict(self.options(seed=seed))}


ALL: Final = (
    Recipe("commit_edit", COMMIT_EDIT, "search_replace", commit_edits, CommitEditSettings,
           rendering=edit_rendering, has_one_form=True, work_class="code"),
    Recipe("review_conversation", REVIEW_CONVERSATION, "conversation", review_conversation,
           ReviewConversationSettings),
    Recipe("review_revision", REVIEW_REVISION, "search_replace", review_revision,
           ReviewRevisionSettings),
    Recipe("review_comment", REVIEW_COMMENT, "search_replace", review_comment,
           ReviewCommentSettings),
    Recipe("review_quality", REVIEW_QUALITY, "search_replace", review_quality,
           ReviewQualitySettings),
    Recipe("preference", PREFERENCE, "search_replace", preference, PreferenceSettings),
    Recipe("issue_patch", ISSUE_PATCH, "search_replace", issue_patch, IssuePatchSettings),
    Recipe("break_repair", BREAK_REPAIR, "search_replace", break_repair, BreakRepairSettings),
    Recipe("decision", DECISION, "chat", decision, DecisionSettings),
    Recipe("incident", INCIDENT, "chat", incident, IncidentSettings),
    Recipe("trajectory", TRAJECTORY, "chat", trajectory, TrajectorySettings),
    Recipe("passage", PASSAGE, "search_replace", passage, PassageSettings),
    Recipe("message", MESSAGE, "unified_diff", message, MessageSettings),
    Recipe("next_edit", NEXT_EDIT, "search_replace", next_edit, NextEditSettings),
)  # fmt: skip
RECIPES: Final[Mapping[str, Recipe]] = MappingProxyType({one.name: one for one in ALL})
OF_COMMITS: Final = ("commit_edit", "message", "next_edit")
"""Recipes that read chosen commits, as `byline.examples.commit_units.commit_material` has them."""
OF_ITEMS: Final = tuple(one.name for one in ALL if one.name not in ("commit_edit", "message"))
"""Recipes that read work items."""
