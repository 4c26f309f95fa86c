"""The sample company's agreements, as the TOML files that its counsel would keep.

Every text is invented for the sample; it is not legal advice. Which person ends up where is told by
`answers.people_excluded`.
"""

import hashlib
import re

ASSIST = (
    '["assist_author", "assist_others", "code_review", "test_generation", "repair",'
    ' "security_scan", "retrieval", "evaluation_only"]'
)
NEVER = '["role_automation", "role_replication", "persona_twin", "performance_evaluation"]'

EMPLOYMENT_US = f"""\
[agreement]
id = "employment-us"
title = "Employment agreement (United States)"
kind = "employment"
version = "2024-05"
effective = 2024-05-01
governing_law = "US-CA"

[[clause]]
id = "employment-us/7.1"
place = "§ 7.1, page 5"
effect = "permit"
text = \"\"\"The Company may use Work Product that the Employee wrote in the course of employment
to train internal tools that assist the Company's engineers, once the Employee was given the AI
Training Notice.\"\"\"
classes = ["code", "process", "design"]
purposes = {ASSIST}
basis = "agreement"
needs_notice = "ai-training"
notice_before = "use"
survives_separation = false
[clause.who]
population = ["roster"]
worker_types = ["employee"]
countries = ["US"]
[clause.where]
owners = ["employer"]

[[clause]]
id = "employment-us/7.4"
place = "§ 7.4, page 5"
effect = "forbid"
text = "No system is trained on Work Product in order to replace, imitate or rate the Employee."
classes = ["*"]
purposes = {NEVER}
[clause.who]
population = ["roster"]
countries = ["US"]
"""

EMPLOYMENT_EU = f"""\
[agreement]
id = "employment-eu"
title = "Employment agreement (Germany and Poland)"
kind = "employment"
version = "2024-06"
effective = 2024-06-01
governing_law = "DE"

[[clause]]
id = "employment-eu/9.2"
place = "§ 9.2, page 6"
effect = "permit"
text = \"\"\"The employer may process work results for assistive engineering tools on the ground of
its legitimate interest (Article 6(1)(f) GDPR), within the works agreement and subject to the right
to object (Article 21 GDPR).\"\"\"
classes = ["code", "process"]
purposes = {ASSIST}
basis = "legitimate_interest"
needs_notice = "ai-training-eu"
notice_before = "use"
needs_assessment = "lia-assist-2024"
survives_separation = false
[clause.who]
population = ["roster"]
worker_types = ["employee"]
countries = ["DE", "PL"]
[clause.where]
owners = ["employer"]

[[clause]]
id = "employment-eu/9.3"
place = "§ 9.3, page 6"
effect = "permit"
text = "Design documents may be used where the training data name nobody."
classes = ["design"]
purposes = {ASSIST}
basis = "legitimate_interest"
lane = "anonymous"
needs_notice = "ai-training-eu"
[clause.who]
population = ["roster"]
worker_types = ["employee"]
countries = ["DE", "PL"]
[clause.where]
owners = ["employer"]
"""

WORKS_AGREEMENT = f"""\
[agreement]
id = "works-agreement-ai"
title = "Works agreement on assistive AI systems"
kind = "works-agreement"
version = "2024-06"
effective = 2024-06-01
governing_law = "DE"

[[clause]]
id = "works-agreement-ai/3"
place = "§ 3, page 2"
effect = "require"
text = "Nobody's work is used before that person was informed in text form and in their language."
classes = ["*"]
purposes = {ASSIST}
basis = "legitimate_interest"
needs_notice = "ai-training-eu"
notice_version = "1"
notice_before = "use"
needs_assessment = "dpia-assist-2024"
[clause.who]
population = ["roster"]
worker_types = ["employee"]
countries = ["DE", "PL"]

[[clause]]
id = "works-agreement-ai/6"
place = "§ 6, page 3"
effect = "forbid"
text = "Systems that monitor, rate, imitate or replace employees are excluded."
classes = ["*"]
purposes = {NEVER}
[clause.who]
population = ["roster"]
countries = ["DE", "PL"]
"""

CONTRACTOR = """\
[agreement]
id = "contractor-services"
title = "Services agreement (individual contractors)"
kind = "contractor"
version = "2024-06"
effective = 2024-06-01
governing_law = "US-NY"

[[clause]]
id = "contractor-services/4.2"
place = "§ 4.2, page 4"
effect = "permit"
text = \"\"\"Deliverables in source code form may be used to train internal engineering tools, if
the Contractor was given the AI Training Notice for Contractors before the deliverable was
written.\"\"\"
classes = ["code"]
purposes = ["assist_others", "code_review", "repair", "retrieval"]
basis = "agreement"
needs_notice = "ai-training-contractors"
notice_before = "authorship"
survives_separation = true
[clause.who]
population = ["roster"]
worker_types = ["contractor"]
people = ["ha-121", "ha-122"]
[clause.where]
owners = ["employer"]
"""

INTERN = """\
[agreement]
id = "intern-policy"
title = "Internship policy"
kind = "policy"
version = "2024-01"
effective = 2024-01-15

[[clause]]
id = "intern-policy/5"
place = "§ 5, page 1"
effect = "forbid"
text = "The work of interns is their learning; it is not used to train AI systems."
classes = ["*"]
purposes = ["*"]
[clause.who]
population = ["roster"]
worker_types = ["intern"]
"""

NORTHWIND = """\
[agreement]
id = "northwind-nda"
title = "Mutual non-disclosure agreement with Northwind Shipping"
kind = "customer-nda"
version = "2024-02"
effective = 2024-02-12
expires = 2029-02-12
governing_law = "US-WA"

[[clause]]
id = "northwind-nda/3.1"
place = "§ 3.1, page 2"
effect = "forbid"
text = \"\"\"Confidential Information, including all code written for the Northwind portal, is not
used to develop, train or improve any model or any product for anyone else.\"\"\"
classes = ["*"]
purposes = ["*"]
[clause.who]
population = ["anyone"]
[clause.where]
customers = ["northwind"]
"""

ACQUISITION = """\
[agreement]
id = "tidepool-acquisition"
title = "Acquisition of Tidepool Labs: assignment of inventions by the founding team"
kind = "ip-assignment"
version = "2025-03"
effective = 2025-03-01
governing_law = "US-DE"

[[clause]]
id = "tidepool-acquisition/2.6"
place = "§ 2.6, page 11"
effect = "permit"
text = \"\"\"The Sellers assign the Tidepool code, whenever written, and permit its use to train
internal engineering tools, also after they leave, once they were given the AI Training
Notice.\"\"\"
classes = ["code", "process"]
purposes = ["assist_others", "code_review", "repair", "retrieval"]
basis = "agreement"
needs_notice = "ai-training"
notice_before = "use"
survives_separation = true
[clause.who]
population = ["roster"]
people = ["ha-128", "ha-129", "ha-130", "ha-131"]
employment = ["before", "in_force"]
[clause.where]
repositories = ["tidepool"]
"""

SEPARATION = """\
[agreement]
id = "separation-castellano"
title = "Separation agreement with R. Castellano"
kind = "separation"
version = "2025-11"
effective = 2025-11-14
governing_law = "US-CA"

[[clause]]
id = "separation-castellano/5"
place = "§ 5, page 2"
effect = "permit"
text = \"\"\"The Company may go on using source code written before the Separation Date in internal
tools.\"\"\"
classes = ["code"]
purposes = ["assist_others", "code_review", "repair", "retrieval"]
basis = "agreement"
needs_notice = "ai-training"
notice_before = "use"
survives_separation = true
[clause.who]
population = ["roster"]
people = ["ha-105"]
[clause.where]
owners = ["employer"]
"""

ACCOUNTS = """\
[agreement]
id = "automation-policy"
title = "Policy on automation accounts"
kind = "policy"
version = "2024-04"
effective = 2024-04-01

[[clause]]
id = "automation-policy/2"
place = "§ 2, page 1"
effect = "permit"
text = "Changes made by the company's own bots may be used like other code of the company."
classes = ["code"]
purposes = ["assist_others", "code_review", "repair", "retrieval"]
basis = "agreement"
needs_notice = ""
[clause.who]
population = ["bot"]
[clause.where]
owners = ["employer"]
"""

CHARTER = f"""\
[agreement]
id = "ai-charter"
title = "What Harbour Analytics will not do with anybody's work"
kind = "policy"
version = "2024-05"
effective = 2024-05-01

[[clause]]
id = "ai-charter/1"
place = "§ 1, page 1"
effect = "forbid"
text = "Nobody's work trains a system that replaces, imitates or rates people, whoever wrote it."
classes = ["*"]
purposes = {NEVER}
[clause.who]
population = ["anyone"]
"""

_TEXT = re.compile(r'^text = (?:"""(.*?)"""|"([^"\n]*)")\n', re.DOTALL | re.MULTILINE)
_REVIEWED = 'reviewed_by = "M. Lindqvist, General Counsel"\nreviewed = 2024-06-14\n'


def _pinned(text: str) -> str:
    """The file with the hash of each clause's words, and who reviewed them."""

    def pin(found: re.Match[str]) -> str:
        words = " ".join((found[1] or found[2]).split())
        digest = hashlib.sha256(words.encode()).hexdigest()
        return f'{found[0]}text_sha256 = "{digest}"\n{_REVIEWED}'

    return _TEXT.sub(pin, text)


_FILES: dict[str, str] = {
    "employment-us.toml": EMPLOYMENT_US,
    "employment-eu.toml": EMPLOYMENT_EU,
    "works-agreement-ai.toml": WORKS_AGREEMENT,
    "contractor-services.toml": CONTRACTOR,
    "intern-policy.toml": INTERN,
    "northwind-nda.toml": NORTHWIND,
    "tidepool-acquisition.toml": ACQUISITION,
    "separation-castellano.toml": SEPARATION,
    "automation-policy.toml": ACCOUNTS,
    "ai-charter.toml": CHARTER,
}
FILES: dict[str, str] = {name: _pinned(text) for name, text in _FILES.items()}
