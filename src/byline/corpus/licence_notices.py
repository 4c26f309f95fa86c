"""What licence notices say: phrases that name a licence where its full text does not stand.

Phrases are looked for in text whose line breaks have become spaces. The order matters: the first
phrase found decides, so that a notice comes before a mere mention.
"""

from typing import Final

import re2

GENERAL_LICENCE: Final = re2.compile(
    r"(?i)GNU (Lesser General Public|Library General Public|Affero General Public|General Public"
    r"|Free Documentation) Licen[sc]e"
    r"(?:[^.]{0,120}?(?:version|v\.?) ?(\d(?:\.\d)?))?"
)
"""Group 1 is the family, group 2 the version where the notice names one."""
LATER: Final = re2.compile(r"(?i)or (?:\(at your option\) )?(?:any )?later|any later version")

BINARY_FORMS: Final = "redistribution and use in source and binary forms"
ANY_PERSON: Final = "permission is hereby granted, free of charge, to any person obtaining a copy"
ANY_PURPOSE: Final = "permission to use, copy, modify, and(?:/or)? distribute this software for any"
ENDORSE: Final = "neither the name|names? of (?:its|the|any) (?:contributors|copyright|author)"
UNDER: Final = "(?:under|the) (?:the )?(?:terms of )?(?:the )?"
LICENCE: Final = "licen[cs]e"

PHRASES: Final = (
    (
        "Apache-2.0",
        rf"{LICENCE}d under (?:the )?(?:terms of (?:the )?)?apache {LICENCE},? (?:version )?2",
    ),
    ("Apache-2.0", rf"apache\.org/licenses/LICENSE-2\.0|^\W*apache {LICENCE},? version 2\.0"),
    ("MPL-2.0", rf"mozilla public {LICENCE},? (?:v\.|version )? ?2\.0|mozilla\.org/MPL/2\.0"),
    ("EPL-2.0", rf"eclipse public {LICENCE} (?:- ?)?(?:v\.? ?|version )?2\.0"),
    ("EPL-1.0", rf"eclipse public {LICENCE} (?:- ?)?(?:v\.? ?|version )?1\.0"),
    ("CDDL-1.0", rf"common development and distribution {LICENCE}"),
    ("BSL-1.0", rf"boost software {LICENCE}"),
    ("BSD-3-Clause", rf"{BINARY_FORMS}.*(?:{ENDORSE})"),
    (
        "BSD-3-Clause",
        rf"(?:3|three)-clause bsd|bsd[ -]3-clause|(?:new|modified|revised) bsd {LICENCE}",
    ),
    (
        "BSD-2-Clause",
        rf"{BINARY_FORMS}|(?:2|two)-clause bsd|bsd[ -]2-clause|simplified bsd {LICENCE}",
    ),
    ("BSD-3-Clause", rf"bsd-style {LICENCE}|{UNDER}bsd {LICENCE}"),
    ("MIT", rf"{ANY_PERSON}|{UNDER}(?:MIT|expat) {LICENCE}|{LICENCE}:? MIT\b"),
    ("ISC", rf"{ANY_PURPOSE}|{UNDER}ISC {LICENCE}"),
    ("PSF-2.0", rf"python software foundation {LICENCE}|{LICENCE}d to psf under"),
    ("Zlib", "this software is provided 'as-is', without any express or implied warranty"),
    ("Unlicense", "this is free and unencumbered software released into the public domain"),
    ("CC0-1.0", r"creativecommons\.org/publicdomain/zero|CC0 1\.0 universal"),
    (
        "LicenseRef-public-domain",
        "(?:placed|released|dedicated|is) (?:in|into|to) the public domain",
    ),
    (
        "LicenseRef-proprietary",
        "proprietary and confidential|confidential and proprietary|unauthori[sz]ed copying of this",
    ),
)
"""SPDX id and RE2 pattern, case ignored; ``LicenseRef-`` ids stand for what SPDX does not list."""

NOTICES: Final = tuple((name, re2.compile(f"(?i){pattern}")) for name, pattern in PHRASES)
