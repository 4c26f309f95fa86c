"""The reason of a decision: a code for machines and a plain sentence for people.

Invariant: every decision carries exactly one of these codes. `STATE_REASONS` gives their order of
weight: when the nearest permit fails for several reasons, the first of them names the decision,
because what cannot be mended is said before what can.
"""

REASONS: dict[str, str] = {
    "permitted": "An agreement in force permits this use, and its conditions are met.",
    "forbidden": "A clause in force forbids this use; a forbidding clause overrides every permit.",
    "silence": "No agreement speaks about this work and this use, and silence is not permission.",
    "unknown_person": "It is not known who wrote this, so no agreement can be found for it.",
    "held": "This work is kept sealed for a matter, and is not used while that hold stands.",
    "unknown_fact": "A fact that this decision rests on is not known, so it cannot be permitted.",
    "outsider": "The author is not one of the organisation's people, and no clause covers them.",
    "bot": "A bot account wrote this, and no clause covers bot accounts for this use.",
    "ai_authored": "An AI system wrote this, and no clause covers AI authorship for this use.",
    "authorship_not_permitted": "The clause covers work of another authorship than this one.",
    "no_employment": "No employment is on record for the author when this was written.",
    "before_employment": "This was written before the author's employment began.",
    "after_employment": "This was written after the author's employment ended.",
    "between_employments": "This was written between two employments of the author.",
    "minor": "The author was under age, or may have been, and the clause covers adults only.",
    "third_party": "The work belongs to a third party, and no clause names its licence or owner.",
    "own_time": "This is the author's own work, done outside the job, and no clause names it.",
    "customer_work": "This is work for a customer, and no clause names customers' work.",
    "licence_unknown": "The clause rests on a licence, and none is known for this work.",
    "licence_not_permitted": "The licence of this work is not among those the clause names.",
    "agreement_not_in_force": "The agreement that would permit it is not in force on the use date.",
    "superseded": "Another agreement in force speaks about this and supersedes the permission.",
    "separated": "The author has left, and no clause that permits this survives separation.",
    "basis_not_in_force": "The legal basis that the clause names is not in force for this person.",
    "notice_missing": "The notice that the clause needs was not served to this person.",
    "notice_late": "The notice that the clause needs was served to this person too late.",
    "wait_not_over": "The notice was served, and the time to object after it is not over yet.",
    "assessment_missing": "The assessment that a clause needs is not there, signed and in force.",
    "requirement_unmet": "A clause requires a condition for this use, and it is not met.",
    "objected": "The author objected to this use.",
    "withdrawn": "The author withdrew their work from this use.",
    "paused": "The author has paused this use of their work.",
    "restricted_purpose": "This purpose is denied unless an agreement names it, and none does.",
}

STATE_REASONS: tuple[str, ...] = (
    "no_employment",
    "before_employment",
    "after_employment",
    "between_employments",
    "minor",
    "third_party",
    "own_time",
    "customer_work",
    "licence_unknown",
    "licence_not_permitted",
    "ai_authored",
    "authorship_not_permitted",
    "agreement_not_in_force",
    "superseded",
    "separated",
    "basis_not_in_force",
    "assessment_missing",
    "notice_missing",
    "notice_late",
    "wait_not_over",
    "requirement_unmet",
)
WEIGHT: dict[str, int] = {reason: weight for weight, reason in enumerate(STATE_REASONS)}

EMPLOYMENT_REASONS: dict[str, str] = {
    "none": "no_employment",
    "before": "before_employment",
    "after": "after_employment",
    "between": "between_employments",
}
