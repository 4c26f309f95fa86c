"""Faults of notices: servings that show nothing, texts that changed, clauses that go beyond them.

Invariant: problems count servings and name no person.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from byline.people.roster import Person
from byline.terms.agreements import Agreement
from byline.terms.notice_register import NoticeRegister, serving_fault, uncovered
from byline.terms.notices import Notice
from byline.terms.problems import Problem, in_order

SERVING_FAULTS: Final[Mapping[str, str]] = {
    "version_unknown": "is not in the register: add it with its texts, or correct the rows",
    "before_version": "did not exist yet: correct `served`, or `effective` in the register",
    "no_translation": "has no text in that language: add the translation, or correct `language`",
    "text_changed": "is not the text that the register gives the hash of: restore the file",
}

_LANGUAGES = (
    "AE ar|AR es|AT de|AU en|BE nl fr de|BG bg|BR pt|CA en fr|CH de fr it|CL es|CN zh|CO es|CR es"
    "|CY el|CZ cs|DE de|DK da|EE et|EG ar|ES es|FI fi sv|FR fr|GB en|GR el|HR hr|HU hu|ID id"
    "|IE en ga|IL he|IN hi en|IS is|IT it|JP ja|KE sw en|KR ko|LI de|LT lt|LU fr de lb|LV lv"
    "|MA ar|MT mt en|MX es|MY ms|NG en|NL nl|NO nb no nn|NZ en|PE es|PH en fil|PK ur en|PL pl"
    "|PT pt|RO ro|RS sr|SA ar|SE sv|SG en zh ms ta|SI sl|SK sk|TH th|TR tr|TW zh|UA uk|US en"
    "|UY es|VN vi|ZA en"
)
LANGUAGES: Final[Mapping[str, tuple[str, ...]]] = {
    words[0]: tuple(words[1:]) for words in (part.split() for part in _LANGUAGES.split("|"))
}
"""Official languages of countries, after the territory data of the Unicode CLDR; others: unknown.

https://www.unicode.org/cldr/charts/latest/supplemental/territory_language_information.html
"""


def check_notices(
    agreements: Sequence[Agreement],
    register: NoticeRegister,
    *,
    served: Sequence[Notice],
    people: Sequence[Person],
) -> list[Problem]:
    """The problems of notices against their register, sorted: errors first.

    Codes: `notice_version_unknown`, `notice_before_version`, `notice_no_translation`,
    `notice_text_changed`, `notice_uncovered` (errors), and `notice_language` (warning).
    """
    problems = {
        *_servings(served, register),
        *_texts(register),
        *_beyond(agreements, register),
        *_languages(served, register, people),
    }
    return in_order(problems)


def _servings(served: Iterable[Notice], register: NoticeRegister) -> Iterator[Problem]:
    faults = Counter(
        (fault, each.notice, each.version, each.language if fault == "no_translation" else "")
        for each in served
        if (fault := serving_fault(each, register)) and fault != "text_changed"
    )
    for (fault, notice, version, language), count in sorted(faults.items()):
        what = f"notice {notice} version {version}"
        in_language = f" in {language!r}" if language else ""
        words = f"{count} servings of {what}{in_language} do not count: it {SERVING_FAULTS[fault]}"
        if fault == "no_translation" and not language:
            words = f"{count} servings of {what} do not count: their `language` is empty"
        yield Problem("error", f"notice_{fault}", (notice,), words)


def _texts(register: NoticeRegister) -> Iterator[Problem]:
    for (notice, version, language), fault in register.faults.items():
        words = f"notice {notice} version {version} in {language!r}: {fault}"
        yield Problem(
            "error", "notice_text_changed", (notice,), f"{words}; its servings do not count"
        )


def _beyond(agreements: Sequence[Agreement], register: NoticeRegister) -> Iterator[Problem]:
    for gap in uncovered(agreements, register):
        if not gap.version:
            words = (
                f"clause {gap.clause} needs notice {gap.notice}, of which the register has no "
                "such version"
            )
        else:
            words = (
                f"clause {gap.clause} permits more than version {gap.version} of notice "
                f"{gap.notice} says: {', '.join(gap.classes)} for {', '.join(gap.purposes)}; "
                "raise `notice_version`, or narrow the clause"
            )
        yield Problem("error", "notice_uncovered", (gap.clause, gap.notice), words)


def _languages(
    served: Iterable[Notice], register: NoticeRegister, people: Iterable[Person]
) -> Iterator[Problem]:
    countries = {person.id: person.employments[-1].country for person in people}
    told = {(each.notice, each.version, countries.get(each.person, "")) for each in served}
    for notice, version, country in sorted(told):
        known = register.versions.get((notice, version))
        spoken = LANGUAGES.get(country, ())
        if known is None or not spoken:
            continue
        if not {language.split("-")[0] for language in known.texts} & set(spoken):
            words = (
                f"notice {notice} version {version} was served to people in {country}, and has no "
                f"text in {' or '.join(spoken)}"
            )
            yield Problem("warning", "notice_language", (notice,), words)
