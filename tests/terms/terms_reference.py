"""A slow second implementation of decisions: row by row, from the words of the format.

It shares only the data models with `byline.terms`; every rule is written again, in another shape.
"""

import datetime as dt

ORDINARY = {
    "assist_author", "assist_others", "code_review", "test_generation", "repair", "security_scan",
    "retrieval", "evaluation_only",
}  # fmt: skip
SIGNED = {"employment", "ip-assignment", "nda", "contractor", "separation"}
OF_THE_ROSTER = ("worker_type", "country", "unit", "legal_entity", "collective_agreement")
YES, UNKNOWN, NO = "yes", "unknown", "no"


def decide_row(row, purpose, *, as_of, **terms):
    """(outcome, reason, clauses, basis, notice) of one row."""
    row = {**row, "gone": row["left"] is not None and row["left"] <= as_of}
    if row["population"] == "unknown" or (row["population"] == "roster" and row["person"] is None):
        return "excluded", "unknown_person", [], None, None
    if any(held(hold, row, as_of) for hold in terms["holds"]):
        return "excluded", "held", [], None, None
    forbids = {
        c.id: fit
        for a, c in clauses_of(terms["agreements"], "forbid")
        if alive(a, c, as_of, terms["proposed"]) and (fit := full_match(c, row, purpose)) != NO
    }
    if forbids:
        known = "forbidden" if YES in forbids.values() else "unknown_fact"
        return "excluded", known, sorted(forbids), None, None
    result = by_permits(row, purpose, as_of, terms)
    for reason in ("withdrawn", "objected", "paused"):
        if stands(reason, row, purpose, as_of, terms):
            return "excluded", reason, [] if result[0] == "excluded" else result[2], None, None
    return result


def held(hold, row, as_of):
    if as_of < hold.placed or (hold.released is not None and as_of >= hold.released):
        return False
    of_person = not hold.people or row["person"] in hold.people
    return of_person and (not hold.repositories or row["repository"] in hold.repositories)


def clauses_of(agreements, effect):
    return [(a, c) for a in agreements for c in a.clauses if c.effect == effect]


def alive(agreement, clause, as_of, proposed):
    if agreement.status == "proposed" and (clause.effect == "permit" or not proposed):
        return False
    starts = [agreement.effective] + [clause.effective] * (clause.effective is not None)
    ends = [day for day in (agreement.expires, clause.expires) if day is not None]
    return max(starts) <= as_of and all(as_of < day for day in ends)


def scope_match(clause, row, purpose, *, star_is_all=False):
    """yes, no, or unknown: what is not known would decide."""
    if "*" not in clause.classes and row["class"] not in clause.classes:
        return NO
    star = "*" in clause.purposes and (
        star_is_all or clause.effect != "permit" or purpose in ORDINARY
    )
    if not star and purpose not in clause.purposes:
        return NO
    populations = set(clause.who.population)
    if not populations:
        populations = {"anyone"} if clause.effect == "forbid" else {"roster"}
    by_anyone = "anyone" in populations and (
        clause.effect == "forbid" or row["population"] in ("roster", "outsider")
    )
    if row["population"] not in populations and not by_anyone:
        return NO
    who, where = clause.who, clause.where
    plain = [(who.people, "person"), (where.repositories, "repository"), (where.owners, "owner")]
    if any(words and row[column] not in words for words, column in plain):
        return NO
    open_ = [
        (who.worker_types, "worker_type"), (who.countries, "country"), (who.units, "unit"),
        (who.regions, "region"), (who.legal_entities, "legal_entity"),
        (who.collective_agreements, "collective_agreement"),
        (who.separation_types, "separation_type"), (where.customers, "customer"),
    ]  # fmt: skip
    fits = {one_match(words, column, row) for words, column in open_ if words}
    return NO if NO in fits else UNKNOWN if UNKNOWN in fits else YES


def one_match(words, column, row):
    if row[column] is not None:
        return YES if row[column] in words else NO
    if column == "customer":
        expected = row["owner"] == "customer"
    elif column == "region":
        near = row["country"] is None or any(w[:2] == row["country"] for w in words)
        expected = row["population"] == "roster" and near
    elif column == "separation_type":
        expected = row["population"] == "roster" and row["gone"]
    else:
        expected = row["population"] == "roster" and column in OF_THE_ROSTER
    return UNKNOWN if expected else NO


def full_match(clause, row, purpose):
    fits = {scope_match(clause, row, purpose)}
    if clause.who.employment:
        lost = row["population"] == "roster" and row["employment"] == "none"
        listed = row["employment"] in clause.who.employment
        fits.add(UNKNOWN if lost else YES if listed else NO)
    if clause.where.authorship:
        fits.add(YES if row["authorship"] in clause.where.authorship else NO)
    if clause.where.licences:
        lost = row["licence"] is None and row["owner"] in ("open-source", "third-party")
        caught = licence_ok(row["licence"], clause.where.licences, any, all)
        fits.add(UNKNOWN if lost else YES if caught else NO)
    if clause.who.minors:
        fits.add({True: YES, None: UNKNOWN, False: NO}[age(row)])
    return NO if NO in fits else UNKNOWN if UNKNOWN in fits else YES


def age(row):
    """True for a minor, None for who may be one."""
    if row["minor"] is not None:
        return row["minor"]
    if row["population"] == "roster" and row["worker_type"] in ("intern", None):
        return None
    return False


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
        if row["licence"] is None and clause.effect == "require":
            return None, "licence_unknown"
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
        if (as_of - first.served).days < clause.wait_days:
            return None, "wait_not_over"
        return f"{first.notice}@{first.version} served {first.served}", None
    if row["population"] in ("bot", "ai"):
        return f"nobody to notify: {row['population']} account", None
    if agreement.kind in SIGNED and clause.basis in ("agreement", "consent"):
        return f"agreement {agreement.id}@{agreement.version} effective {agreement.effective}", None
    return None, "notice_missing"


def states_of(agreement, clause, row, purpose, as_of, terms):  # noqa: C901, PLR0912
    """Reasons in their order of weight but those of notices and requirements."""
    found = []
    roster = row["population"] == "roster"
    wanted = set(clause.who.employment or (("in_force",) if roster else ()))
    all_of_them = wanted == {"in_force", "before", "after", "between", "none"}
    fits = all_of_them if roster and row["employment"] == "none" else row["employment"] in wanted
    if wanted and not fits:
        names = {"before": "before_employment", "after": "after_employment"}
        names |= {"between": "between_employments"}
        found.append(names.get(row["employment"], "no_employment"))
    if age(row) is not False and not clause.who.minors:
        found.append("minor")
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
        others = row["owner"] in ("open-source", "third-party")
        by_licence = clause.basis == "licence" or clause.needs_notice == "licence"
        if where.licences or by_licence or others:
            found.append("licence_unknown")
    elif where.licences and not licence_ok(row["licence"], where.licences, all, any):
        found.append("licence_not_permitted")
    if where.authorship and row["authorship"] not in where.authorship:
        ai = row["authorship"] == "ai"
        found.append("ai_authored" if ai else "authorship_not_permitted")
    if not alive(agreement, clause, as_of, terms["proposed"]):
        found.append("agreement_not_in_force")
    found += ["superseded"] * superseders(agreement, row, purpose, as_of, terms)
    if row["gone"] and not clause.survives_separation:
        found.append("separated")
    if clause.basis == "consent" and not consents(agreement, clause, row, purpose, as_of, terms):
        found.append("basis_not_in_force")
    if clause.needs_assessment and not assessed(clause, row, purpose, as_of, terms):
        found.append("assessment_missing")
    return found


def superseders(agreement, row, purpose, as_of, terms):
    """How many agreements take the place of this one for the case."""
    return sum(
        any(
            alive(other, c, as_of, proposed=False)
            and scope_match(c, row, purpose, star_is_all=True) != NO
            for c in other.clauses
        )
        for other in terms["agreements"]
        if other.id != agreement.id
        and {agreement.id, f"kind:{agreement.kind}"} & set(other.supersedes)
    )


def assessed(clause, row, purpose, as_of, terms):
    return any(
        a.id == clause.needs_assessment
        and a.signed_by
        and not a.fault
        and a.completed <= as_of
        and (a.expires is None or a.expires > as_of)
        and bool({"*", row["class"]} & set(a.classes))
        and bool({"*", purpose} & set(a.purposes))
        for a in terms["assessments"]
    )


def spoken(row, purpose, as_of, terms, kinds, *, lifts=False):
    """Events of the author about the class and purpose, of the given kinds."""
    for event in terms["events"]:
        widest = purpose in ORDINARY or not lifts
        if (
            event.person == row["person"]
            and event.kind in kinds
            and event.at.date() <= as_of
            and not (lifts and event.by == "organisation")
            and ({"*", row["class"]} & set(event.classes))
            and (purpose in event.purposes or ("*" in event.purposes and widest))
        ):
            yield event


def stands(reason, row, purpose, as_of, terms):
    """Whether something was said against the use that nothing lifted since."""
    lift = {"withdrawn": "reinstated", "objected": "objection_lifted", "paused": "resumed"}[reason]
    lifted = [e.at for e in spoken(row, purpose, as_of, terms, {lift}, lifts=True)]
    made = [e.at for e in spoken(row, purpose, as_of, terms, {reason})]
    rows = {"withdrawn": "withdrawals", "objected": "objections"}.get(reason)
    for say in terms[rows] if rows else ():
        about = {"*", row["class"]} & set(say.classes) and {"*", purpose} & set(say.purposes)
        if say.person == row["person"] and say.received <= as_of and about:
            night = dt.timedelta(days=1, microseconds=-1)
            made.append(dt.datetime.combine(say.received, dt.time(), dt.UTC) + night)
    return any(all(at >= until for until in lifted) for at in made)


def consents(agreement, clause, row, purpose, as_of, terms):
    given = list(spoken(row, purpose, as_of, terms, {"consent_given"}, lifts=True))
    ends = {"consent_refused", "consent_withdrawn", "consent_invalidated"}
    ended = [e.at for e in spoken(row, purpose, as_of, terms, ends)]
    newest = max((e.at for e in given), default=None)
    if newest is not None and all(at < newest for at in ended):
        expiries = [e.expires for e in given if e.at == newest and e.expires is not None]
        if all(as_of < day for day in expiries):
            return True
    named = row["person"] in clause.who.people
    begins = max(agreement.effective, clause.effective or agreement.effective)
    return named and all(at.date() < begins for at in ended)


def problems_of(agreement, clause, row, purpose, *, requires, as_of, terms):
    """Reasons in their order of weight, the notice's text, and whether requirements are unmet."""
    found = states_of(agreement, clause, row, purpose, as_of, terms)
    required, texts, told = [], [], False
    for other, require, fit in requires:
        if require.basis and require.basis != clause.basis:
            required.append("requirement_unmet")
        if require.lane and require.lane != (clause.lane or "attributed"):
            required.append("requirement_unmet")
        if require.needs_assessment and not assessed(require, row, purpose, as_of, terms):
            required.append("assessment_missing")
        if require.needs_notice:
            text, reason = find_notice(require, other, row, terms["notices"], as_of)
            if reason:
                required.append("requirement_unmet")
            else:
                texts.append(text)
                told = told or fit == YES
    own = []
    if clause.needs_notice or not told:
        text, reason = find_notice(clause, agreement, row, terms["notices"], as_of)
        if reason:
            own.append(reason)
        else:
            texts = [text, *texts]
    first = found + [each for each in required if each == "assessment_missing"] + own
    every = first + [each for each in required if each != "assessment_missing"]
    return every, "; ".join(dict.fromkeys(texts)), bool(required)


def narrowness(clause):
    keys = [*dict(clause.who).values(), *dict(clause.where).values()]
    return (
        sum(1 for key in keys if key) + ("*" not in clause.classes) + ("*" not in clause.purposes)
    )


def by_permits(row, purpose, as_of, terms):
    requires = sorted(
        (
            (a, c, full_match(c, row, purpose))
            for a, c in clauses_of(terms["agreements"], "require")
            if alive(a, c, as_of, terms["proposed"]) and full_match(c, row, purpose) != NO
        ),
        key=lambda one: (-narrowness(one[1]), one[1].id),
    )
    candidates = [
        (*problems_of(a, c, row, purpose, requires=requires, as_of=as_of, terms=terms), c)
        for a, c in clauses_of(terms["agreements"], "permit")
        if a.status == "in_force" and scope_match(c, row, purpose) == YES
    ]
    if not candidates:
        return "excluded", silent(row, purpose), [], None, None
    candidates.sort(key=lambda each: (len(each[0]), -narrowness(each[3]), each[3].id))
    problems, text, unrequired, clause = candidates[0]
    requiring = sorted(c.id for _, c, _ in requires)
    if problems:
        cited = [clause.id, *(requiring if unrequired else [])]
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
