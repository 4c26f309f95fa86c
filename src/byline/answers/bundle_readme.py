"""The first file of a bundle: what it is, how it is checked, and what nobody can prove."""

from collections.abc import Sequence
from string import Template
from typing import Final

WRAP: Final = "  "

TEXT: Final = Template("""\
WHAT OF MY WORK TRAINS AI?
$organisation's answer to $person, made $made, when its log had $size entries.

This file proves what it says. You need not trust whoever gave it to you, nor the program that made
it: everything in it is checked by verify.py, one file that you can read in an afternoon.

WHAT IT ANSWERS
$answers

HOW TO CHECK IT
You need Python 3.9 or later and git. Nothing is sent anywhere. Take verify.py out of this file,
and run it where you have clones of your own, one --repo for each; the more of the company's
repositories you have, the more it can decide:

    python3 verify.py THIS-FILE.zip --me $person --address YOUR@ADDRESS --repo PATH/TO/YOUR/CLONE

It works out from your clones which commits, files and texts are yours, and looks for them in every
release. Exit status: 0 all of it holds; 3 something is contradicted; 4 something is not answered.
If a question is not answered, make the questions yourself and ask again:

    python3 verify.py ask --repo PATH/TO/YOUR/CLONE --me $person --address YOUR@ADDRESS \\
        --out questions.json
    byline prove $person --questions questions.json      (whoever runs Byline runs this)

THREE THINGS TO GET FROM ELSEWHERE
1. The key. policy.txt says whose signatures count. A liar would put a key of their own there. So
   compare it with one that you got from a colleague, your representatives or a noticeboard, and
   give that one: --key 'VKEY'. The keys in policy.txt:
$keys
2. What you were shown before. Keep this file. Next time, give it with --since: a log that was
   rewritten, or another one shown to you alone, is then caught at once. So it is when you and a
   colleague compare `checkpoint`, or where witnesses outside the company sign it.
3. The program. A liar would change verify.py too. Read it, or compare its SHA-256 with that of a
   colleague's, or with the file src/byline/proof/verify.py of a Byline that you got yourself.

BY HAND
Everything is SHA-256, Ed25519 and text. docs/proof-formats.md of Byline says each byte, so that
anyone can write a verifier of their own. To start: `sha256sum verify.py` is in entries.jsonl
under "type":"verifier"; `sha256sum */seal.json` is there under "type":"release", for each
release; and the root in `checkpoint` is that of the tree (RFC 6962) over the lines of
entries.jsonl.

WHAT CANNOT BE PROVED
- That there is no release or model besides those in the log. Nobody can prove that about anything.
  A witness outside the company, and people who speak up, are what there is.
- That nobody retold your work in other words. Fingerprints find text that is the same but for
  spaces, line breaks and letter case, from 34 words and signs in a row. Renamed variables,
  translation into another language, paraphrase and shorter passages are not found.
- What you wrote that is not in your clones. They ask the questions: other work of yours is answered
  only as the organisation lists it.
- That a text is yours because you committed it first. Two people can write the same thirty words,
  and licences and generated files are in many places. verify.py tells long stretches from short
  ones, and says which repositories it would need to decide.
- When. The log proves order, not the hour.
""")


def readme(
    *,
    organisation: str,
    person: str,
    made: str,
    size: int,
    answers: Sequence[str],
    vkeys: Sequence[str],
) -> bytes:
    """The text for one bundle.

    Args:
        organisation: Its name.
        person: Whose bundle it is.
        made: The day, as ISO 8601.
        size: Of the log.
        answers: A line for each release.
        vkeys: The log's keys of `policy.txt`.
    """
    return TEXT.substitute(
        organisation=organisation,
        person=person,
        made=made,
        size=f"{size:,}",
        answers="\n".join(f"{WRAP}{one}" for one in answers or ["No release has been made."]),
        keys="\n".join(f"   {one}" for one in vkeys),
    ).encode()
