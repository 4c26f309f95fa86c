"""What the relations of a commit look like in its message: the patterns, and nothing else.

Sources: git's own texts (git-revert, git-cherry-pick, git-commit), kernel documentation
("Describe your changes"), GitHub's and GitLab's closing keywords, Gerrit's and Phabricator's
footers, bors and homu merges. Every pattern is searched only where a plain word test passed.
"""

import re
from re import IGNORECASE as I
from re import MULTILINE as M

HEX = r"\b[0-9a-f]{7,64}\b"
URL = r"https?://[^\s<>()\[\]\"'`]+[^\s<>()\[\]\"'`.,;:!?]"
KEY = r"(?-i:[A-Z][A-Z0-9_]{1,9}-[1-9]\d{0,6})\b(?!\.\d|-)"
NUMBER = r"(?:(?<![\w/])[\w.-]+/[\w.-]+)?#\d+\b"
ITEM = rf"(?:(?:(?:issue|bug|ticket)s?\s+)?{NUMBER}|gh-\d+\b|{URL}|{KEY})"
LIST = rf"{ITEM}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*){ITEM})*"

IDS = rf"{HEX}(?:(?:\s*,\s*(?:and\s+)?|\s+and\s+){HEX})*"
THIS_REVERTS = re.compile(
    rf"\b(?:this\s+)?(?P<verb>reverts|re-?applies|re-?lands)\s+(?:the\s+)?"
    rf"(?:(?:merge\s+)?(?:commits?|changesets?|revisions?)\s+)?(?P<ids>{IDS})",
    I,
)
REVERTS_NUMBER = re.compile(rf"\breverts\s+(?:pr\s+|pull request\s+)?(?P<target>{NUMBER}|{URL})", I)
SUBJECT_REVERTS = re.compile(
    r"^(?:\[[^\]]{1,30}\]\s*)?(?P<verb>revert|reapply|re-?land|roll back):?\s+"
    r"(?P<quote>[\"'“])(?P<subject>.+)[\"'”](?:\s*\(#\d+\))?\s*\.?$",
    I,
)
SUBJECT_REVERTS_ID = re.compile(
    rf"^revert(?:s|ed|ing)?:?\s+(?:\w+\s+)?(?:commit\s+|changeset\s+)?(?P<id>{HEX})", I
)
CONVENTIONAL_REVERT = re.compile(
    r"^revert(?:\([^)]*\))?!?:\s+(?P<subject>(?:build|chore|ci|docs?|feat|fix|perf|refactor|style|tests?)"
    r"(?:\([^)]*\))?!?:\s.+?)(?:\s*\(#\d+\))?$"
)

CHERRY_PICKED = re.compile(
    rf"\bcherry[- ]picked[- ]from:?\s+(?:commit:?\s+)?(?P<id>{HEX})", I
)  # fmt: skip
BACKPORTED_ID = re.compile(
    rf"\bback-?port(?:ed|s)?\s+(?:of|from):?\s+(?:commit\s+)?(?P<id>{HEX})"
    rf"|\[\s*upstream commit (?P<upstream>{HEX})\s*\]|^commit (?P<stable>{HEX}) upstream\.?$",
    I | M,
)
BACKPORT_OF = re.compile(
    rf"(?<!\bto )(?<!\bwill )\bback-?port(?:s|ed)?(?:\s+(?:of|from|for))?"
    rf"(?:\s+(?:pr|pull request|mr))?:?\s+"
    rf"(?P<target>{NUMBER}|![0-9]+\b|{URL})",
    I,
)
BACKPORT_BRANCH = re.compile(
    r"^\W{0,2}\[\s*back-?port(?:ed)?(?:[\s/:-]+(?:to\s+)?|\]\s*\[\s*)(?P<branch>[\w./-]{1,40})\s*\]"
    r"|^\W{0,2}\[\s*(?P<before>[\w./-]{1,40})\s+back-?port\s*\]",
    I,
)

FIXES_COMMIT = re.compile(
    rf"^[ \t]*fixes:\s*(?:commit\s+)?(?P<trailer>{HEX})(?P<quoted>\s*\(\W)?"
    rf"|\bfix(?:es)?\s+(?:(?:a |the )?(?:regression|bug|breakage)\s+(?:in|from|of)\s+)?"
    rf"(?:commit|revision|changeset)\s+(?P<said>{HEX})"
    rf"|\b(?:regression|bug|breakage)\s+(?:was\s+)?(?:introduced|caused)\s+(?:in|by)\s+"
    rf"(?:commit\s+)?(?P<blamed>{HEX})",
    I | M,
)
FIXUP = re.compile(r"^(?:(?:fixup|squash|amend)! )+(?P<subject>.+)$")

CLOSES = re.compile(
    rf"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)(?::\s*|[ \t]+)(?P<list>{LIST})", I
)
REFERS = re.compile(
    rf"\b(?:refs?|references|see(?:\s+also)?|re|relate[sd]?\s+to|part\s+of|addresses|towards)"
    rf"(?::\s*|[ \t]+)(?P<list>{LIST})",
    I,
)
NAMED = re.compile(
    rf"\b(?:issue|ticket|bug)s?:?\s+(?P<list>{NUMBER}(?:(?:\s*,\s*|\s+and\s+){NUMBER})*)", I
)
GITHUB = re.compile(r"(?<![\w/-])gh-(?P<number>\d+)\b", I)
OTHER_TRACKERS = re.compile(
    r"\bbpo-(?P<bpo>\d+)\b|\brhbz\s?#\s?(?P<rhbz>\d+)\b|\blp:?\s?#\s?(?P<lp>\d+)\b"
    r"|^bug[:=\s]\s*#?(?P<bug>\d{3,})\b(?!\.\d)|^bug-(?P<id>\d{4,})\b",
    I | M,
)
LABELLED_KEYS = re.compile(
    rf"^[ \t]*(?:jira|issues?|tickets?|bugs?|closes|fixes|refs)\s*:\s*"
    rf"(?P<list>{KEY}(?:[,\s]+{KEY})*)",
    I | M,
)
LEADING_KEYS = re.compile(
    rf"^(?:\w{{2,8}}(?:\([\w./-]+\))?!?:\s+)?[\[(]?(?P<list>{KEY}(?:[\]),:;&/\s]+[\[(]?{KEY})*)(?=[\]):,;. ]|$)"  # noqa: E501
)
TRAILING_KEY = re.compile(rf"[\[(](?P<list>{KEY})[\])]\s*$")
# Standards, formats and numbers that look like the key of an issue.
NO_PROJECT = frozenset(
    """
    ADR AES AGPL AMD APACHE ARM ASCII ASN BASE BEP BIP BPO BSD C CC CJK COVID CP CRC CSS CVE CWE DES
    DH DO ECDSA ECMA ED EIP EN ES FIPS FP GB GCC GH GHSA GPL GPT HMAC HTML HTTP HTTPS I IA IEC IEEE
    IETF INT IP IPV ISO JEP JIS JSR KEP KOI LATIN LGPL LLVM MD MEP MIT MP MPL NEP NIST OAUTH P PART
    PATCH PBKDF PEP PHASE PKCS PR RC RFC RIPEMD RSA SEP SHA SLEP SSE STAGE STEP TIS TLS UCS UINT USB
    UTC UTF VT WCAG WIN WINDOWS X XEP
    """.split()  # noqa: SIM905
)

SUBJECT_SUFFIX = re.compile(r"\((?:gh-|#)(?P<number>\d+)\)\s*\.?$", I)
MERGE_SUBJECT = re.compile(
    r"^merged? (?:pull request|pr) #?(?P<github>\d+)\b"
    r"|^merged in .*\(pull request #(?P<bitbucket>\d+)\)|^pull request #(?P<server>\d+): "
    rf"|^merge (?P<url>{URL})$|^auto merge of #(?P<homu>\d+)\b"
    r"|^merge (?P<bors>#\d+(?:(?:,? | and )#\d+)*)(?: r=\S+)?$",
    I,
)
MERGE_REQUEST = re.compile(r"^see merge request (?P<target>[\w./-]*!\d+)\s*$", I | M)
REVIEW_FOOTER = re.compile(
    rf"^[ \t]*(?:reviewed-on|pr-url|pull[- ]request(?: resolved)?|part-of|merge[- ]request|pr|mr"
    rf"|review)\s*:\s*<?(?P<target>{URL}|{NUMBER})",
    I | M,
)
DIFFERENTIAL = re.compile(
    rf"^[ \t]*differential revision\s*:\s*<?(?P<target>{URL}|D\d+\b)", I | M
)  # fmt: skip
LIST_MAIL = re.compile(
    r"^[ \t]*link\s*:\s*<?(?P<target>https?://(?:lore\.kernel\.org|lkml\.kernel\.org|patch\.msgid\.link)/\S+?)>?\s*$",
    I | M,
)
ANY_URL = re.compile(URL, I)
REVIEW_PATH = re.compile(
    r"/(?:pull|pulls|pull-requests|merge_requests)/\d+(?:[/#?]|$)|/c/.+/\+/\d+"
)
ISSUE_PATH = re.compile(
    r"/issues/\d+(?:[/#?]|$)|/browse/[A-Z][A-Z0-9_]+-\d+|/show_bug\.cgi\?id=\d+|/\+bug/\d+"
    r"|/tickets?/\d+(?:[/#?]|$)|bugs\.python\.org/issue\d+|/bugreport\.cgi\?bug=\d+"
)
CHANGE_ID = re.compile(r"^[ \t]*change-id:\s*(?P<id>I[0-9a-f]{8,64})\s*$", I | M)
SUPERSEDES = re.compile(
    rf"^[ \t]*(?:supersedes|supercedes|replaces|obsoletes):?\s+"
    rf"(?P<target>{NUMBER}|{URL}|![0-9]+\b|{HEX})",
    I | M,
)
EACH_ITEM = re.compile(ITEM, I)
EACH_ID = re.compile(HEX)
EACH_KEY = re.compile(KEY)
EACH_NUMBER = re.compile(r"#\d+")
