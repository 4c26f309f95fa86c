"""One malformed object for each message id of `git fsck` that can be made, and why not the rest."""

from collections.abc import Callable
from dataclasses import dataclass

from hostility import HEADER, PERSON

from simulators.repositories import FILE, LINK, MODULE, NOON, TREE, Entry, Repository

GOOD = {b"a.txt": b"one\ntwo\n"}
ZERO = "0" * 40
MIB = 1 << 20


@dataclass(frozen=True)
class Malformed:
    """A commit that leads to a malformed object, and that object."""

    tip: str
    oid: str


Builder = Callable[[Repository, str], Malformed]


def person(line: bytes) -> Builder:
    """A commit whose author's line is exactly this."""
    header = b"author " + line + b"\ncommitter " + PERSON.encode() + b"\n\nodd\n"
    return commit(header)


def commit(header: bytes) -> Builder:
    """A commit whose author line and all after it are exactly this."""

    def build(made: Repository, first: str) -> Malformed:
        oid = made.raw_commit(made.tree({**GOOD, b"b": b"x\n"}), header, parents=[first])
        return Malformed(oid, oid)

    return build


def whole(data: Callable[[str, str], bytes]) -> Builder:
    """A commit of exactly these bytes, made from a tree and a parent."""

    def build(made: Repository, first: str) -> Malformed:
        oid = made.object("commit", data(made.tree(GOOD), first))
        return Malformed(oid, oid)

    return build


def tree(*extra: tuple[bytes, bytes, str]) -> Builder:
    """A folder `odd` whose tree has exactly these entries; an empty id stands for a blob."""

    def build(made: Repository, first: str) -> Malformed:
        blob = made.object("blob", b"evil\n")
        entries = [(mode, name, oid or blob) for mode, name, oid in extra]
        odd = made.raw_tree([(m, n, made.raw_tree([]) if m == TREE else o) for m, n, o in entries])
        return Malformed(below(made, first, odd), odd)

    return build


def below(made: Repository, first: str, odd: str) -> str:
    """A commit whose root holds the good file and a folder `odd` of this tree."""
    good = made.object("blob", GOOD[b"a.txt"])
    root = made.raw_tree([(FILE, b"a.txt", good), (TREE, b"odd", odd)])
    return made.raw_commit(root, HEADER, parents=[first])


def file(name: bytes, content: bytes) -> Builder:
    """A file of the root, malformed as a blob."""

    def build(made: Repository, first: str) -> Malformed:
        extra = {b"x": Entry(MODULE, oid="1" * 40)} if name == b".gitmodules" else {}
        tip = made.commit({**GOOD, name: content, **extra}, parents=[first])
        return Malformed(tip, made.object("blob", content))

    return build


def folder(name: bytes) -> Builder:
    """A folder where git expects a file."""

    def build(made: Repository, first: str) -> Malformed:
        tip = made.commit({**GOOD, name + b"/inner": b"x\n"}, parents=[first])
        return Malformed(tip, made.tree({b"inner": b"x\n"}))

    return build


def link(name: bytes) -> Builder:
    """A symbolic link where git expects a file, in a folder."""

    def build(made: Repository, first: str) -> Malformed:
        odd = made.tree({name: Entry(LINK, b"/etc/passwd")})
        return Malformed(below(made, first, odd), odd)

    return build


def tag(data: Callable[[str], bytes]) -> Builder:
    """A tag object of these bytes, made from the commit that it names."""

    def build(made: Repository, first: str) -> Malformed:
        oid = made.object("tag", data(first))
        made.point(oid, name="refs/tags/odd")
        return Malformed(first, oid)

    return build


def unread_tree(data: bytes) -> Builder:
    def build(made: Repository, first: str) -> Malformed:
        odd = made.object("tree", data)
        return Malformed(below(made, first, odd), odd)

    return build


def modules(text: bytes) -> Builder:
    return file(b".gitmodules", b'[submodule "x"]\n' + text)


TAGGED = f"tagger {PERSON}\n\nwords\n".encode()
BUILDERS: dict[str, Builder] = {
    "badDate": person(b"Ada <ada@x> soon +0000"),
    "badDateOverflow": person(b"Ada <ada@x> 99999999999999999999999999 +0000"),
    "badEmail": person(b"Ada <ada@x 1700000000 +0000"),
    "badFilemode": tree((b"100600", b"f", "")),
    "badName": person(b"A> <ada@x> 1700000000 +0000"),
    "badObjectSha1": tag(lambda oid: b"object zz\ntype commit\ntag odd\n" + TAGGED),
    "badParentSha1": whole(lambda root, first: b"tree %b\nparent zz\n%b" % (root.encode(), HEADER)),
    "badTagName": tag(
        lambda oid: b"object %b\ntype commit\ntag -od..d\n%b" % (oid.encode(), TAGGED)
    ),
    "badTimezone": person(b"Ada <ada@x> 1700000000 +99999"),
    "badTree": unread_tree(b"100644 a\0abc"),
    "badTreeSha1": whole(lambda root, first: b"tree zz\n" + HEADER),
    "badType": tag(lambda oid: b"object %b\ntype wish\ntag odd\n%b" % (oid.encode(), TAGGED)),
    "duplicateEntries": tree((FILE, b"f", ""), (FILE, b"f", "")),
    "extraHeaderEntry": tag(
        lambda oid: (
            b"object %b\ntype commit\ntag odd\n%b"
            % (oid.encode(), TAGGED.replace(b"\n\n", b"\nmore x\n\n", 1))
        )
    ),
    "fullPathname": tree((FILE, b"x/../../evil", "")),
    "gitattributesBlob": folder(b".gitattributes"),
    "gitattributesLarge": file(b".gitattributes", bytes(17 * MIB + 1)),
    "gitattributesLineLength": file(b".gitattributes", b"a" * 3000 + b" text\n"),
    "gitattributesSymlink": link(b".gitattributes"),
    "gitignoreSymlink": link(b".gitignore"),
    "gitmodulesBlob": folder(b".gitmodules"),
    "gitmodulesLarge": file(b".gitmodules", bytes(17 * MIB)),
    "gitmodulesName": file(b".gitmodules", b'[submodule "../../x"]\n\tpath = x\n\turl = y\n'),
    "gitmodulesParse": file(b".gitmodules", b"[submodule\n"),
    "gitmodulesPath": modules(b"\tpath = -x\n\turl = y\n"),
    "gitmodulesSymlink": link(b".gitmodules"),
    "gitmodulesUpdate": modules(b"\tpath = x\n\turl = y\n\tupdate = !touch pwned\n"),
    "gitmodulesUrl": modules(b"\tpath = x\n\turl = -u./evil\n"),
    "hasDot": tree((TREE, b".", "")),
    "hasDotdot": tree((TREE, b"..", "")),
    "hasDotgit": tree((FILE, b".GIT", "")),
    "mailmapSymlink": link(b".mailmap"),
    "missingAuthor": commit(HEADER.split(b"\n", 1)[1]),
    "missingCommitter": commit(HEADER.split(b"\n", 1)[0] + b"\n\nx\n"),
    "missingEmail": person(b"Ada 1700000000 +0000"),
    "missingNameBeforeEmail": person(b"<ada@x> 1700000000 +0000"),
    "missingObject": tag(lambda oid: b"type commit\ntag odd\n" + TAGGED),
    "missingSpaceBeforeDate": person(b"Ada <ada@x>1700000000 +0000"),
    "missingSpaceBeforeEmail": person(b"Ada<ada@x> 1700000000 +0000"),
    "missingTagEntry": tag(lambda oid: b"object %b\ntype commit\n%b" % (oid.encode(), TAGGED)),
    "missingTaggerEntry": tag(
        lambda oid: b"object %b\ntype commit\ntag odd\n\nwords\n" % oid.encode()
    ),
    "missingTree": whole(lambda root, first: HEADER),
    "missingTypeEntry": tag(lambda oid: b"object %b\ntag odd\n%b" % (oid.encode(), TAGGED)),
    "multipleAuthors": commit(
        HEADER.replace(b"committer", f"author Bob <bob@x> {NOON} +0000\ncommitter".encode(), 1)
    ),
    "nulInCommit": commit(HEADER + b"Co-authored-by: A <a@x>\n\0hidden"),
    "nulInHeader": commit(HEADER.replace(b"author Ada", b"author A\0da", 1)),
    "nullSha1": tree((MODULE, b"m", ZERO)),
    "treeNotSorted": tree((FILE, b"g", ""), (FILE, b"f", "")),
    "unterminatedHeader": commit(HEADER.split(b"\n\n", 1)[0]),
    "zeroPaddedDate": person(b"Ada <ada@x> 01700000000 +0000"),
    "zeroPaddedFilemode": tree((b"0100644", b"f", "")),
}
# git cannot be brought to report these about an object that a history reaches.
NOT_MADE = {
    "emptyName": "git takes a tree with an empty name for unreadable: badTree",
    "missingTag": "no header that ends in a line feed lacks one after its tag line",
    "missingType": "a header that ends inside its type line is unterminatedHeader first",
    "unknownType": "no tree, tag or commit can name an object of an unknown kind",
}
# Reported only about a repository whose blobs are missing: see test_partial_clones.
OF_PARTIAL_CLONES = {"gitattributesMissing", "gitmodulesMissing"}
# Unknown to git 2.39 (`symlinkTarget*`: to all but 2.45.1); the meaning is there for others.
NEWER = {"badGpgsig", "badHeaderContinuation", "largePathname", "symlinkTargetBlob",
         "symlinkTargetLength"}  # fmt: skip
# About refs as they are stored, which `git fsck` checks and a copy of objects does not meet.
OF_REFS = {
    "badHeadTarget", "badPackedRefEntry", "badPackedRefHeader", "badRefContent", "badRefFiletype",
    "badRefName", "badRefOid", "badReferentName", "badReftableTableName", "emptyPackedRefsFile",
    "packedRefEntryNotTerminated", "packedRefUnsorted", "refMissingNewline", "symlinkRef",
    "symrefTargetIsNotARef", "trailingRefContent",
}  # fmt: skip
