"""A slow second implementation of decisions: row by row, from the words of the format.

It shares only the data models with `byline.terms`; every rule is written again, in another shape.
"""

ORDINARY = {
    "assist_author", "assist_others", "code_review", "test_generation", "repair", "security_scan",
    "retrieval", "evaluation_only",
}  # fmt: skip
SIGNED = {"employment", "ip-assignment", "nda", "contractor", "separation"}


def decide_row(row, purpose, *, agreements, notices, objections, withdrawals, as_of):
    """(outcome, reason, clauses, basis, notice) of one row."""
    if row["population"] == "unknown" or (row["population"] == "roster" and row["person"] is None):
        return "excluded", "unknown_person", [], None, None
    inner = without_forbids(
        row,
        purpose,
        agreements=agreements,
        notices=notices,
        says=[*objections, *withdrawals],
        as_of=as_of,
        withdrawals=withdrawals,
    )
    forbids = [
        c.id
        for a, c in clauses_of(agreements, "forbid")
        if alive(a, as_of) and full_match(c, row, purpose)
    ]
    if forbids:
        return "excluded", "forbidden", sorted(forbids), None, None
    return inner


def clauses_of(agreements, effect):
    return [(a, c) for a in agreements for c in a.clauses if c.effect == effect]


def alive(agreement, as_of):
    if agreement.effective > as_of:
        return False
    return agreement.expires is None or agreement.expires > as_of


def in_scope(clause, row, purpose):
    if "*" not in clause.classes and row["class"] not in clause.classes:
        return False
    star = "*" in clause.purposes and (clause.effect != "permit" or purpose in ORDINARY)
    if not star and purpose not in clause.purposes:
        return False
    populations = set(clause.who.population)
    if not populations:
        populations = {"anyone"} if clause.effect == "forbid" else {"roster"}
    by_anyone = "anyone" in populations and (
        clause.effect == "forbid" or row["population"] in ("roster", "outsider")
    )
    if row["population"] not in populations and not by_anyone:
        return False
    pairs = [
        (clause.who.worker_types, "worker_type"), (clause.who.countries, "country"),
        (clause.who.units, "unit"), (clause.who.people, "person"),
        (clause.where.repositories, "repository"), (clause.where.owners, "owner"),
        (clause.where.customers, "customer"),
    ]  # fmt: skip
    return all(row[column] in words for words, column in pairs if words)


def full_match(clause, row, purpose):
    if not in_scope(clause, row, purpose):
        return False
    if clause.who.employment and row["employment"] not in clause.who.employment:
        return False
    if clause.where.authorship and row["authorship"] not in clause.where.authorship:
        return False
    return not clause.where.licences or licence_ok(row["licence"], clause.where.licences, any, all)


def licence_ok(licence, listed, when_and, when_or):
    """Flat expressions only, which is what the strategies make."""
    if licence is None:
        return False
    if " AND " in licence:
        return when_and(part in listed for part in licence.split(" AND "))
    return when_or(part in listed for part in licence.split(" OR "))


def find_notice(clause, agreement, row, notices, as_of):  # noqa: PLR0911
    """(text, None) or (None, reason)."""
    if clause.needs_notice == "licence" or (clause.basis == "licence" and not clause.needs_notice):
        return f"licence {row['licence']} ({row['licence_source'] or 'repository'})", None
    if clause.needs_notice:
        mine = [
            n
            for n in notices
            if n.person == row["person"]
            and n.notice == clause.needs_notice
            and (not clause.notice_version or int(n.version) >= int(clause.notice_version))
        ]
        if not mine:
            return None, "notice_missing"
        in_time = [n for n in mine if n.served <= as_of]
        if clause.notice_before == "authorship":
            in_time = [n for n in in_time if n.served < row["authored"].date()]
        if not in_time:
            return None, "notice_late"
        first = min(in_time, key=lambda n: (n.served, int(n.version)))
        return f"{first.notice}@{first.version} served {first.served}", None
    if row["population"] in ("bot", "ai"):
        return f"nobody to notify: {row['population']} account", None
    if agreement.kind in SIGNED and clause.basis in ("agreement", "consent"):
        return f"agreement {agreement.id}@{agreement.version} effective {agreement.effective}", None
    return None, "notice_missing"


def problems_of(agreement, clause, row, *, requires, notices, as_of):  # noqa: C901, PLR0912
    """Reasons in their order of weight, with repeats, and the notice's text."""
    found = []
    wanted = clause.who.employment or (("in_force",) if row["population"] == "roster" else ())
    if wanted and row["employment"] not in wanted:
        names = {"before": "before_employment", "after": "after_employment"}
        names |= {"between": "between_employments"}
        found.append(names.get(row["employment"], "no_employment"))
    where = clause.where
    if (row["licence_source"] == "file" and not where.licences) or (
        row["owner"] == "third-party" and not where.owners and not where.licences
    ):
        found.append("third_party")
    if row["owner"] == "own-time" and "own-time" not in where.owners:
        found.append("own_time")
    if row["owner"] == "customer" and not where.owners and not where.customers:
        found.append("customer_work")
    if row["licence"] is None:
        if where.licences or clause.basis == "licence" or clause.needs_notice == "licence":
            found.append("licence_unknown")
    elif where.licences and not licence_ok(row["licence"], where.licences, all, any):
        found.append("licence_not_permitted")
    if where.authorship and row["authorship"] not in where.authorship:
        ai = row["authorship"] == "ai"
        found.append("ai_authored" if ai else "authorship_not_permitted")
    if not alive(agreement, as_of):
        found.append("agreement_not_in_force")
    gone = row["left"] is not None and row["left"] <= as_of
    if gone and not clause.survives_separation:
        found.append("separated")
    if clause.basis == "consent" and row["person"] not in clause.who.people:
        found.append("basis_not_in_force")
    required, texts = [], []
    for other, require in requires:
        if require.basis and require.basis != clause.basis:
            required.append("requirement_unmet")
        if require.lane and require.lane != (clause.lane or "attributed"):
            required.append("requirement_unmet")
        if require.needs_notice:
            text, reason = find_notice(require, other, row, notices, as_of)
            if reason:
                required.append("requirement_unmet")
            else:
                texts.append(text)
    if clause.needs_notice or not texts:
        text, reason = find_notice(clause, agreement, row, notices, as_of)
        if reason:
            found.append(reason)
        else:
            texts = [text, *texts]
    return found + required, "; ".join(dict.fromkeys(texts))


def narrowness(clause):
    keys = [*dict(clause.who).values(), *dict(clause.where).values()]
    return (
        sum(1 for key in keys if key) + ("*" not in clause.classes) + ("*" not in clause.purposes)
    )


def without_forbids(row, purpose, *, agreements, notices, says, as_of, withdrawals):
    result = by_permits(row, purpose, agreements, notices, as_of)
    mine = [
        s
        for s in says
        if s.person == row["person"]
        and s.received <= as_of
        and ("*" in s.classes or row["class"] in s.classes)
        and ("*" in s.purposes or purpose in s.purposes)
    ]
    if not mine:
        return result
    reason = "withdrawn" if any(s in withdrawals for s in mine) else "objected"
    return "excluded", reason, [] if result[0] == "excluded" else result[2], None, None


def by_permits(row, purpose, agreements, notices, as_of):
    requires = sorted(
        (
            (a, c)
            for a, c in clauses_of(agreements, "require")
            if alive(a, as_of) and full_match(c, row, purpose)
        ),
        key=lambda pair: pair[1].id,
    )
    candidates = [
        (*problems_of(a, c, row, requires=requires, notices=notices, as_of=as_of), c)
        for a, c in clauses_of(agreements, "permit")
        if in_scope(c, row, purpose)
    ]
    if not candidates:
        return "excluded", silent(row, purpose), [], None, None
    candidates.sort(key=lambda each: (len(each[0]), -narrowness(each[2]), each[2].id))
    problems, text, clause = candidates[0]
    requiring = [c.id for _, c in requires]
    if problems:
        cited = [clause.id, *(requiring if "requirement_unmet" in problems else [])]
        return "excluded", problems[0], cited, None, None
    lane = "pseudonymised-lane" if clause.lane == "anonymous" else "identified"
    return lane, "permitted", [clause.id, *requiring], clause.basis, text


def silent(row, purpose):
    if purpose not in ORDINARY:
        return "restricted_purpose"
    for population, reason in (("ai", "ai_authored"), ("bot", "bot"), ("outsider", "outsider")):
        if row["population"] == population:
            return reason
    if row["employment"] != "in_force":
        names = {"before": "before_employment", "after": "after_employment"}
        names |= {"between": "between_employments"}
        return names.get(row["employment"], "no_employment")
    owners = {"customer": "customer_work", "third-party": "third_party", "own-time": "own_time"}
    return owners.get(row["owner"], "silence")
