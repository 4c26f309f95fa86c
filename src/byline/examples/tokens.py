"""Control tokens per base model: what marks a file, a comment, a change or a hole in each.

A model reads its own control tokens best, so one record is rendered with the tokens of the model
that will learn it. What a model has no token for is said in words.

Text that holds a control token would end a prompt, or forge a turn, wherever it is tokenised with
special tokens on. It is declined, not escaped: an escaped text would no longer replay byte for
byte. A token of any map is refused in every example, so that a release may be read by any model
later; the few that are ordinary text elsewhere (``<s>``, ``<PRE>``, ``[INST]``) only where their
own map is used. `FORBIDDEN` and `TokenMap.ambiguous` are those two sets.

Sources: StarCoder2 (arXiv 2402.19173, tables of sentinels; the commit tokens are those of
StarCoder, arXiv 2305.06161), Qwen2.5-Coder (arXiv 2409.12186, section 2.2), Seed-Coder
(arXiv 2506.03524; suffix before prefix), Code Llama (arXiv 2308.12950, section 2.3).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from byline.errors import InputError
from byline.examples.segments import SENTINELS

Order = Literal["either", "suffix_first", "prefix_first"]
NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class TokenMap:
    """The control tokens of one family of base models.

    Attributes:
        name: Of the family.
        marks: What a rendering may say, and the token for it. Keys: ``repository``, ``file``,
            ``state`` (a file before), ``intent``, ``action`` (a file's change), ``base``,
            ``diff``, ``hunk``, ``comment``, ``review``, ``observation``, ``end``.
        prefix: Of a text with a hole; empty where the model has no such form.
        suffix: Likewise.
        middle: Likewise.
        order: Which of the two comes first in a text with a hole.
        ambiguous: Its tokens that are ordinary text elsewhere.
        others: Its further control tokens, which no rendering writes.
    """

    name: str
    marks: Mapping[str, str] = field(default_factory=lambda: NONE)
    prefix: str = ""
    suffix: str = ""
    middle: str = ""
    order: Order = "prefix_first"
    ambiguous: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    def mark(self, name: str, words: str = "") -> str:
        """The token for something, or some words where the model has none."""
        return self.marks.get(name, words)

    @property
    def control(self) -> tuple[str, ...]:
        """Every control token of it that is not ordinary text elsewhere."""
        holes = (self.prefix, self.suffix, self.middle)
        own = {one for one in (*self.marks.values(), *holes, *self.others) if one}
        return tuple(sorted(own - set(self.ambiguous)))

    def forged(self, text: str) -> str | None:
        """A control token of this or any map that stands in a text, or None."""
        if "<" not in text and "[" not in text:
            return None
        return next((one for one in (*FORBIDDEN, *self.ambiguous) if one in text), None)


STARCODER2: Final = TokenMap(
    name="starcoder2",
    marks=MappingProxyType(
        {
            "repository": "<repo_name>", "file": "<file_sep>", "state": "<commit_before>",
            "intent": "<commit_msg>", "action": "<commit_after>", "base": "<pr_base>",
            "diff": "<pr_diff>", "hunk": "<pr_diff_hunk>", "comment": "<pr_comment>",
            "review": "<pr_review>", "observation": "<jupyter_output>", "end": "<|endoftext|>",
        }
    ),
    prefix="<fim_prefix>",
    suffix="<fim_suffix>",
    middle="<fim_middle>",
    order="either",
    others=(
        "<fim_pad>", "<issue_start>", "<issue_comment>", "<issue_closed>", "<jupyter_start>",
        "<jupyter_text>", "<jupyter_code>", "<jupyter_script>", "<empty_output>",
        "<code_to_intermediate>", "<intermediate_to_code>", "<pr>", "<pr_status>",
        "<pr_is_merged>", "<pr_file>", "<pr_base_code>", "<pr_event_id>", "<pr_review_state>",
        "<pr_review_comment>", "<pr_in_reply_to_review_id>", "<pr_in_reply_to_comment_id>",
        "<pr_diff_hunk_comment_line>",
    ),
)  # fmt: skip
QWEN25_CODER: Final = TokenMap(
    name="qwen2.5-coder",
    marks=MappingProxyType(
        {"repository": "<|repo_name|>", "file": "<|file_sep|>", "end": "<|endoftext|>"}
    ),
    prefix="<|fim_prefix|>",
    suffix="<|fim_suffix|>",
    middle="<|fim_middle|>",
    others=("<|fim_pad|>", "<|im_start|>", "<|im_end|>"),
)
SEED_CODER: Final = TokenMap(
    name="seed-coder",
    marks=MappingProxyType({"end": "<[end▁of▁sentence]>"}),
    prefix="<[fim-prefix]>",
    suffix="<[fim-suffix]>",
    middle="<[fim-middle]>",
    order="suffix_first",
    others=("<[begin▁of▁sentence]>", "<[PAD▁TOKEN]>"),
)
CODELLAMA: Final = TokenMap(
    name="codellama",
    marks=MappingProxyType({"end": "</s>"}),
    prefix="<PRE>",
    suffix="<SUF>",
    middle="<MID>",
    ambiguous=("<s>", "</s>", "<PRE>", "[INST]", "[/INST]"),
    others=("<EOT>", "<<SYS>>", "<</SYS>>"),
)
LLAMA3: Final = TokenMap(
    name="llama",
    marks=MappingProxyType({"end": "<|end_of_text|>"}),
    others=("<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"),
)
PLAIN: Final = TokenMap(name="plain")

MAPS: Final[Mapping[str, TokenMap]] = MappingProxyType(
    {one.name: one for one in (STARCODER2, QWEN25_CODER, SEED_CODER, CODELLAMA, LLAMA3, PLAIN)}
)
REGION, REGION_END = "<|editable_region_start|>", "<|editable_region_end|>"
CURSOR: Final = "<|user_cursor_is_here|>"
"""The marks of `next_edit`, as Zed's Zeta has them; they are words to every tokenizer."""
OF_MAPS: Final = frozenset(token for one in MAPS.values() for token in one.control)
FORBIDDEN: Final = tuple(sorted({REGION, REGION_END, CURSOR, *SENTINELS, *OF_MAPS} - {""}))
"""Control tokens that no text of an example may hold, whichever model it is for."""


def token_map(name: str) -> TokenMap:
    """The tokens of a family of base models.

    Raises:
        InputError: There is no such map.
    """
    try:
        return MAPS[name]
    except KeyError:
        raise InputError(
            f"there are no control tokens for {name!r}", advice=f"known: {', '.join(MAPS)}"
        ) from None


def forged(text: str) -> str | None:
    """A control token of any model that stands in a text, or None."""
    return PLAIN.forged(text)
