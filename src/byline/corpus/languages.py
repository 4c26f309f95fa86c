"""Which language a path is written in, from its name, its suffix or its first line.

The names and kinds follow GitHub linguist's `languages.yml`; where one suffix serves several
languages the commonest is taken. Content is not guessed at: what nothing says stays unknown.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["programming", "markup", "data", "prose"]


@dataclass(frozen=True)
class Language:
    """A language and what texts in it are for."""

    name: str
    kind: Kind


TABLE: Final = """
programming | Ada | adb ads
programming | Apex | cls trigger
programming | Assembly | asm s nasm
programming | AutoHotkey | ahk
programming | Awk | awk
programming | Batchfile | bat cmd
programming | Bicep | bicep
programming | C | c h
programming | C# | cs csx
programming | C++ | cc cpp cxx c++ hh hpp hxx h++ inl ipp
programming | CMake | cmake CMakeLists.txt
programming | COBOL | cob cbl cpy
programming | Clojure | clj cljs cljc edn
programming | CoffeeScript | coffee
programming | Common Lisp | lisp lsp cl
programming | Crystal | cr
programming | Cuda | cu cuh
programming | Cython | pyx pxd pxi
programming | D | d di
programming | Dart | dart
programming | Dockerfile | dockerfile Dockerfile Containerfile
programming | Elixir | ex exs
programming | Elm | elm
programming | Emacs Lisp | el
programming | Erlang | erl hrl
programming | F# | fs fsi fsx
programming | Fish | fish
programming | Fortran | f f77 f90 f95 f03 f08 for
programming | GDScript | gd
programming | GLSL | glsl vert frag
programming | Go | go
programming | Gradle | gradle
programming | Groovy | groovy gvy Jenkinsfile
programming | HCL | hcl tf tfvars
programming | HLSL | hlsl fx
programming | Hack | hack
programming | Haskell | hs lhs
programming | Haxe | hx
programming | Java | java
programming | JavaScript | js mjs cjs jsx es6
programming | Jsonnet | jsonnet libsonnet
programming | Julia | jl
programming | Just | justfile Justfile
programming | Kotlin | kt kts
programming | Lua | lua
programming | MATLAB | matlab
programming | MLIR | mlir
programming | Makefile | mk mak make Makefile makefile GNUmakefile
programming | Meson | meson.build meson_options.txt
programming | Metal | metal
programming | Nim | nim nims
programming | Nix | nix
programming | OCaml | ml mli
programming | Objective-C | m
programming | Objective-C++ | mm
programming | Open Policy Agent | rego
programming | PHP | php phtml php5 php7
programming | PLSQL | pls pkb pks plb
programming | Pascal | pas pp dpr
programming | Perl | pl pm t
programming | PowerShell | ps1 psm1 psd1
programming | Prolog | prolog
programming | Puppet | puppet
programming | Python | py pyi pyw wsgi SConstruct SConscript
programming | R | r rsx
programming | Racket | rkt
programming | Ruby | rb rake gemspec ru Gemfile Rakefile Vagrantfile Podfile Brewfile
programming | Rust | rs
programming | SQL | sql ddl dml
programming | SWIG | i
programming | Scala | scala sc sbt
programming | Scheme | scm ss
programming | Shell | sh bash zsh ksh bats .bashrc .zshrc .profile .bash_profile
programming | Smarty | tpl
programming | Solidity | sol
programming | Starlark | bzl star BUILD BUILD.bazel WORKSPACE WORKSPACE.bazel MODULE.bazel Tiltfile
programming | Svelte | svelte
programming | Swift | swift
programming | SystemVerilog | sv svh
programming | Tcl | tcl
programming | Thrift | thrift
programming | TypeScript | ts tsx mts cts
programming | VHDL | vhd vhdl
programming | Verilog | v
programming | Vim Script | vim .vimrc
programming | Visual Basic | vb bas vbs
programming | Vue | vue
programming | WebAssembly | wat wast
programming | Zig | zig
markup | CSS | css
markup | HTML | html htm xhtml
markup | Handlebars | hbs handlebars
markup | Jinja | j2 jinja jinja2
markup | Less | less
markup | Mustache | mustache
markup | Pug | pug jade
markup | SCSS | scss sass
markup | SVG | svg
markup | TeX | tex sty bib ltx
data | CSV | csv tsv
data | Diff | diff patch
data | Dotenv | env .env
data | Git Attributes | .gitattributes
data | GraphQL | graphql gql
data | INI | ini cfg conf .editorconfig .gitconfig .flake8 .pylintrc .coveragerc properties
data | Ignore List | .gitignore .dockerignore .npmignore .eslintignore .prettierignore
data | JSON | json jsonl json5 jsonc geojson webmanifest ipynb Pipfile.lock composer.lock flake.lock
data | Protocol Buffer | proto
data | TOML | toml Pipfile poetry.lock uv.lock Cargo.lock
data | XML | xml xsd xsl xslt wsdl plist csproj vcxproj fsproj resx pom
data | YAML | yml yaml .clang-format .clang-tidy
prose | AsciiDoc | adoc asciidoc asc
prose | Markdown | md markdown mdx mkd
prose | Org | org
prose | Text | txt text README LICENSE LICENCE COPYING NOTICE AUTHORS CHANGELOG CHANGES \
 CONTRIBUTORS TODO INSTALL NEWS HISTORY MAINTAINERS VERSION CODEOWNERS
prose | reStructuredText | rst rest
"""
"""kind | language | suffixes (lower case, no dot) and whole file names (an upper case or a dot)."""

SHEBANGS: Final = {
    "sh": "Shell",
    "bash": "Shell",
    "dash": "Shell",
    "zsh": "Shell",
    "ksh": "Shell",
    "fish": "Fish",
    "python": "Python",
    "pypy": "Python",
    "node": "JavaScript",
    "nodejs": "JavaScript",
    "deno": "TypeScript",
    "bun": "TypeScript",
    "ts-node": "TypeScript",
    "perl": "Perl",
    "ruby": "Ruby",
    "php": "PHP",
    "lua": "Lua",
    "awk": "Awk",
    "gawk": "Awk",
    "tclsh": "Tcl",
    "wish": "Tcl",
    "Rscript": "R",
    "julia": "Julia",
    "groovy": "Groovy",
    "make": "Makefile",
    "pwsh": "PowerShell",
    "escript": "Erlang",
    "elixir": "Elixir",
    "racket": "Racket",
    "guile": "Scheme",
    "runhaskell": "Haskell",
    "swift": "Swift",
    "scala": "Scala",
    "crystal": "Crystal",
    "nix-shell": "Nix",
}

SHEBANG: Final = re.compile(
    r"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+|\w+=\S*\s+){0,8})?(?:\S*/)?([A-Za-z][A-Za-z-]*)"
)
VARIANT: Final = re.compile(r"^(Dockerfile|Containerfile|Makefile|Jenkinsfile)[._-]")


def _tables() -> tuple[dict[str, Language], dict[str, Language], dict[str, Language]]:
    by_suffix: dict[str, Language] = {}
    by_file: dict[str, Language] = {}
    by_name: dict[str, Language] = {}
    kinds: dict[str, Kind] = {
        "programming": "programming",
        "markup": "markup",
        "data": "data",
        "prose": "prose",
    }
    for row in TABLE.replace("\\\n", "").strip().splitlines():
        kind, name, keys = (part.strip() for part in row.split("|"))
        language = Language(name, kinds[kind])
        by_name[name] = language
        for key in keys.split():
            whole = "." in key or key != key.lower()
            (by_file if whole else by_suffix).setdefault(key, language)
    return by_suffix, by_file, by_name


BY_SUFFIX, BY_FILE, BY_NAME = _tables()
"""The table by suffix, by whole file name, and by the language's name."""


def language_of(path: str, text: str | None = None) -> Language | None:
    """The language of a file, or None where nothing says.

    Args:
        path: Its path in the repository, with ``/``.
        text: Its text, of which only the first line is read.
    """
    name = path.rpartition("/")[2]
    known = BY_FILE.get(name)
    if known:
        return known
    stem, dot, suffix = name.rpartition(".")
    if dot and stem and suffix.lower() in BY_SUFFIX:
        return BY_SUFFIX[suffix.lower()]
    return BY_FILE.get(stem if dot else "") or _of_variant(name) or _of_first_line(text or "")


def _of_variant(name: str) -> Language | None:
    """Names like "Dockerfile.prod", and names that are suffixes ("makefile", "dockerfile")."""
    variant = VARIANT.match(name)
    if variant:
        return BY_FILE.get(variant.group(1))
    return BY_SUFFIX["dockerfile"] if name.lower() == "dockerfile" else BY_FILE.get(name.upper())


def _of_first_line(text: str) -> Language | None:
    if not text.startswith("#!"):
        return None
    match = SHEBANG.match(text[:256].partition("\n")[0])
    if not match:
        return None
    name = SHEBANGS.get(match.group(1)) or SHEBANGS.get(match.group(1).rstrip("-"))
    return BY_NAME[name] if name else None
