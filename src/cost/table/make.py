#!/usr/bin/env python3
"""Makes prices.txt and differences.md from two tables of prices, both MIT, by an ordinary download from PyPI.

    .local/venv/bin/python src/cost/table/make.py

- `litellm` (BerriAI): model_prices_and_context_window_backup.json, dollars per token. The wider one.
- `genai-prices` (Pydantic): genai_prices/data.py, dollars per million. It is read as data (`ast`), never run.

The rules, which docs/money.md gives to the operator:

1. A row is a provider (SECTIONS) and a model. Names that say a region of a cloud in their path are left out, and so
   are rows that say every price is zero, or one that cannot be per token (see `plausible`): their price is unknown.
2. Where both give a price and agree, or only one gives it, that is it. Where they differ, the higher is taken, so that a
   budget is rather too careful; above ten times, one of them has mistaken the unit, and the row is left out.
   differences.md names every one.
   Less than two in a thousand is rounding: the rounder number is taken, and nothing is reported.
3. What only one of them knows of a row both know (a tier, audio) is taken as it is.
4. The price is that of the day the table was made, without the discounts of an hour of the day.
5. A model that its source says was withdrawn half a year before is left out, and so are OpenRouter's names without a
   maker, which it takes no more.
"""

import argparse
import ast
import collections
import datetime
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import zipfile
from decimal import Decimal

HERE = pathlib.Path(__file__).parent
PINS = {"litellm": "1.109.1", "genai-prices": "0.2.3"}
LITELLM_FILE = "litellm/model_prices_and_context_window_backup.json"
GENAI_FILE = "genai_prices/data.py"

# Our sections in the order in which a model is looked for when nobody says the provider: makers first.
# section: (LiteLLM's `litellm_provider` and what stands before the model there, genai-prices' id)
SECTIONS = {
    "openai": ([("openai", ""), ("text-completion-openai", "")], "openai"),
    "anthropic": ([("anthropic", "")], "anthropic"),
    "gemini": ([("gemini", "gemini/")], "google"),
    "cohere": ([("cohere", "cohere/"), ("cohere_chat", "")], "cohere"),
    "mistral": ([("mistral", "mistral/")], "mistral"),
    "deepseek": ([("deepseek", "deepseek/")], "deepseek"),
    "xai": ([("xai", "xai/")], "x-ai"),
    "moonshot": ([("moonshot", "moonshot/")], "moonshotai"),
    "qwen": ([("dashscope", "dashscope/")], None),
    "zhipu": ([("zai", "zai/")], "zai"),
    "jina": ([("jina_ai", "")], None),
    "perplexity": ([("perplexity", "perplexity/")], "perplexity"),
    "aws.bedrock": ([("bedrock_converse", ""), ("bedrock", "")], "aws"),
    "vertex": (
        [
            (f"vertex_ai{kind}", "vertex_ai/")
            for kind in ["", "-language-models", "-anthropic_models", "-embedding-models", "-mistral_models"]
            + ["-llama_models", "-deepseek_models", "-qwen_models", "-zai_models", "-openai_models"]
            + ["-minimax_models", "-moonshot_models", "-ai21_models"]
        ],
        None,
    ),
    "azure": ([("azure", "azure/"), ("azure_ai", "azure_ai/")], "azure"),
    "groq": ([("groq", "groq/")], "groq"),
    "cerebras": ([("cerebras", "cerebras/")], "cerebras"),
    "together": ([("together_ai", "together_ai/")], "together"),
    "fireworks": ([("fireworks_ai", "fireworks_ai/"), ("fireworks_ai-embedding-models", "fireworks_ai/")], "fireworks"),
    "databricks": ([("databricks", "databricks/")], "databricks"),
    "openrouter": ([], "openrouter"),
}
MODES = {"chat", "completion", "responses", "embedding", "rerank", "image_generation", "image_edit", "audio_speech"}
MODES |= {"audio_transcription", "realtime", "moderation"}

# LiteLLM's field without tier and context, our letters, and what it is per: prices are written per million tokens,
# seconds or characters, and per one picture or request.
MILLION = 1_000_000
LITELLM_FIELDS = {
    "input_cost_per_token": ("i", MILLION),
    "output_cost_per_token": ("o", MILLION),
    "cache_read_input_token_cost": ("cr", MILLION),
    "cache_creation_input_token_cost": ("cw", MILLION),
    "cache_creation_input_token_cost_above_1hr": ("cw1h", MILLION),
    "output_cost_per_reasoning_token": ("r", MILLION),
    "input_cost_per_audio_token": ("ia", MILLION),
    "output_cost_per_audio_token": ("oa", MILLION),
    "cache_read_input_audio_token_cost": ("cra", MILLION),
    "input_cost_per_image_token": ("ii", MILLION),
    "output_cost_per_image_token": ("oi", MILLION),
    "output_cost_per_image": ("img", 1),
    "input_cost_per_query": ("req", 1),
    "input_cost_per_request": ("req", 1),
    "input_cost_per_character": ("chr", MILLION),
}
LITELLM_TIERS = {"batches": "batch", "flex": "flex", "priority": "priority", "ultrafast": "ultrafast"}
GENAI_FIELDS = {
    "input_mtok": "i",
    "output_mtok": "o",
    "cache_read_mtok": "cr",
    "cache_write_mtok": "cw",
    "cache_write_5m_mtok": "cw",
    "cache_write_1h_mtok": "cw1h",
    "input_audio_mtok": "ia",
    "output_audio_mtok": "oa",
    "cache_audio_read_mtok": "cra",
    "input_image_mtok": "ii",
    "output_image_mtok": "oi",
    "output_reasoning_mtok": "r",
}
ORDER = ["i", "o", "cr", "cw", "cw1h", "r", "ia", "oa", "cra", "ii", "oi", "img", "req", "chr"]
TIERS = ["", "batch", "flex", "priority", "ultrafast"]
DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$|[-@]\d{8}$")
REGION = re.compile(r"^(us|eu|apac|au|jp|ca|global|us-gov)\.")
PER_TOKEN = set(ORDER) - {"img", "req", "chr"}


def download(name, version, into):
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", into, f"{name}=={version}"]
    subprocess.run(command, check=True)
    (wheel,) = pathlib.Path(into).glob(f"{name.replace('-', '_')}-*.whl")
    return wheel


def plausible(key, dollars):
    """Whether this can be dollars per million tokens, or per piece."""
    return Decimal("0.001") <= dollars <= 1000 if key[2] in PER_TOKEN else 0 < dollars <= 1000


def read_litellm(text, today):
    """{section: {model: ({(tier, above, letters): dollars}, max input, max output)}}"""
    pattern = re.compile(r"^(.*?)(?:_above_(\d+)k_tokens)?(?:_(batches|flex|priority|ultrafast))?$")
    by_provider = {}
    for section, (providers, _) in SECTIONS.items():
        for provider, before in providers:
            by_provider[provider] = (section, before)
    tables = collections.defaultdict(dict)
    for name, row in json.loads(text, parse_float=Decimal).items():
        provider = row.get("litellm_provider")
        if provider not in by_provider or row.get("mode") not in MODES:
            continue
        section, before = by_provider[provider]
        model = name.removeprefix(before)
        if section == "fireworks":
            model = model.removeprefix("accounts/fireworks/models/")
        if section == "cohere":
            model = model.removeprefix("cohere/")
        # `bedrock/eu-west-1/...`, `azure/eu/...`, prices by picture size, and classes of models by their size.
        if re.search(r"^bedrock/|^(eu|us|global|global-standard|hd|standard|low|medium|high|auto)/|-x-\d+/|/1-month", model):
            continue
        if re.search(r"^(fireworks-ai|together-ai)-|\s|-$", model):
            continue
        # Other makers' models behind an API of Perplexity's that is not chat.
        if section == "perplexity" and "/" in model:
            continue
        withdrawn = row.get("deprecation_date", "")
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", withdrawn) and withdrawn < (today - datetime.timedelta(183)).isoformat():
            continue
        prices, whole = {}, True
        for field, value in row.items():
            base, above, tier = pattern.match(field).groups()
            if base not in LITELLM_FIELDS or not isinstance(value, (int, Decimal)):
                continue
            letters, per = LITELLM_FIELDS[base]
            key = (LITELLM_TIERS.get(tier, ""), int(above or 0) * 1000, letters)
            dollars = round(Decimal(value) * per, 6)
            if dollars == 0:
                # Nothing costs nothing but the output of what has none, and a cache that is filled for free.
                if letters in ("o", "cw") and row.get("input_cost_per_token"):
                    prices[key] = Decimal(0)
                continue
            whole &= plausible(key, dollars)
            prices[key] = max(dollars, prices.get(key, Decimal(0)))
        if row.get("mode") == "embedding":
            whole &= prices.get(("", 0, "i"), Decimal(0)) <= 5
        if not whole or not any(prices.values()):
            continue
        window = (row.get("max_input_tokens"), row.get("max_output_tokens"))
        known = tables[section].get(model)
        if known is None or name.startswith(before):
            tables[section][model] = (prices, *(n if isinstance(n, int) and n > 0 else 0 for n in window))
    return tables


def plain(node):
    """A literal of data.py as plain data: a call becomes a dictionary, with its name under `_`."""
    match node:
        case ast.Constant():
            return node.value
        case ast.List() | ast.Tuple():
            return [plain(item) for item in node.elts]
        case ast.Dict():
            return {plain(key): plain(value) for key, value in zip(node.keys, node.values)}
        case ast.UnaryOp(op=ast.USub()):
            return -plain(node.operand)
        case ast.Call():
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name == "Decimal":
                return Decimal(plain(node.args[0]))
            if name in ("date", "time", "datetime", "timezone"):
                return (name, *[plain(arg) for arg in node.args])
            return {"_": name, **{keyword.arg: plain(keyword.value) for keyword in node.keywords}}
        case ast.Attribute() | ast.Name():
            return ast.unparse(node)
    raise SystemExit(f"data.py says what this script cannot read: {ast.unparse(node)[:200]}")


def fits(match, name):
    """Whether a match clause is of this name."""
    kind = match["_"]
    if kind in ("ClauseOr", "ClauseAnd"):
        return (any if kind == "ClauseOr" else all)(fits(clause, name) for clause in match["or_" if kind == "ClauseOr" else "and_"])
    if kind == "ClauseRegex":
        return re.search(match["regex"], name) is not None
    return {
        "ClauseEquals": lambda: name == match["equals"],
        "ClauseStartsWith": lambda: name.startswith(match["starts_with"]),
        "ClauseEndsWith": lambda: name.endswith(match["ends_with"]),
        "ClauseContains": lambda: match["contains"] in name,
    }[kind]()


def names_of(match):
    """The names a match clause gives whole; what it says otherwise is a pattern, and is left."""
    if match["_"] == "ClauseEquals":
        return [match["equals"]]
    if match["_"] == "ClauseOr":
        return [name for clause in match["or_"] for name in names_of(clause)]
    return []


def read_genai(text, today, litellm):
    """The same as `read_litellm`, for the names given whole here, and for those of LiteLLM that a clause fits."""
    tree = ast.parse(text)
    (assignment,) = [node for node in tree.body if isinstance(node, ast.AnnAssign) and node.target.id == "providers"]
    providers = {provider["id"]: provider for provider in plain(assignment.value)}
    tables = collections.defaultdict(dict)
    for section, (_, id) in SECTIONS.items():
        for model in providers.get(id, {}).get("models", []):
            prices = {}
            rows = model.get("prices", {"_": "ModelPrice"})
            if isinstance(rows, list):
                # The last that has begun and is not for an hour of the day.
                started = []
                for row in rows:
                    when = row.get("constraint")
                    if when is None:
                        started.append((datetime.date.min, row["prices"]))
                    elif when["_"] == "StartDateConstraint":
                        began = datetime.date(*when["start_date"][1:])
                        if began <= today:
                            started.append((began, row["prices"]))
                if not started:
                    continue
                rows = max(started, key=lambda pair: pair[0])[1]
            add_genai(prices, "", rows)
            if not any(prices.values()):
                continue
            window = model.get("context_window") or 0
            fitting = [name for name in litellm.get(section, {}) if fits(model["match"], name.lower())]
            for name in [model["id"], *names_of(model["match"]), *fitting]:
                invented = name.startswith("regional.") or section == "openrouter" and re.search(r"^[^/]*$|^~|:(free|batch)$", name)
                if invented:
                    continue
                tables[section].setdefault(name, (dict(prices), window, 0))
    return tables


def add_genai(prices, tier, row):
    for field, value in row.items():
        letters = GENAI_FIELDS.get(field)
        per = 1
        if field == "requests_kcount":
            letters, per = "req", Decimal(1000)
        if letters is None or value is None:
            continue
        if isinstance(value, dict):
            for step in value["tiers"]:
                # `start` is the last token of the cheaper price.
                prices[(tier, step["start"], letters)] = round(step["price"] / per, 6)
            value = value["base"]
        prices[(tier, 0, letters)] = round(value / per, 6)


def merge(litellm, genai, differences):
    rows = {}
    for section in SECTIONS:
        ours, theirs = litellm.get(section, {}), genai.get(section, {})
        for model in ours.keys() | theirs.keys():
            prices, max_input, max_output = ours.get(model, ({}, 0, 0))
            other, window, _ = theirs.get(model, ({}, 0, 0))
            if model not in ours:
                whole = all(plausible(key, dollars) or dollars == 0 for key, dollars in other.items())
                if whole and any(other.values()):
                    rows[(section, model)] = (other, window, 0)
                continue
            merged, mistaken = dict(prices), False
            for key, dollars in other.items():
                mine = merged.get(key)
                if mine is None:
                    # A step at another place than ours is another description of the same price.
                    if not key[1] or not any(above and above != key[1] for _, above, _ in prices):
                        merged[key] = dollars
                elif mine != dollars:
                    low, high = sorted((mine, dollars))
                    if high - low < high * 2 / 1000:
                        merged[key] = min(mine, dollars, key=lambda price: len(number(price)))
                        continue
                    mistaken |= low > 0 and high > low * 10
                    differences.append((section, model, key, mine, dollars))
                    merged[key] = high
            if not mistaken:
                rows[(section, model)] = (merged, max_input or window, max_output)
    return rows


def number(dollars):
    text = f"{dollars:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def written(prices):
    """`i2.5 o10 batch i1.25 o5 >200000 i5`: a tier's name begins it, `>` a longer context of that tier."""
    words = []
    for tier in TIERS:
        for above in sorted({above for t, above, _ in prices if t == tier} | {0}):
            group = {letters: dollars for (t, a, letters), dollars in prices.items() if (t, a) == (tier, above)}
            base = {letters: dollars for (t, a, letters), dollars in prices.items() if (t, a) == (tier, 0)}
            if above:
                group = {letters: dollars for letters, dollars in group.items() if base.get(letters) != dollars}
            if not group:
                continue
            if tier and tier not in words:
                words.append(tier)
            if above:
                words.append(f">{above}")
            words += [letters + number(group[letters]) for letters in ORDER if letters in group]
    return " ".join(words)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--litellm", default=PINS["litellm"], help="its version")
    parser.add_argument("--genai-prices", default=PINS["genai-prices"], help="its version")
    parser.add_argument("--date", default=datetime.date.today().isoformat(), help="the table's date")
    arguments = parser.parse_args()
    today = datetime.date.fromisoformat(arguments.date)
    head = [f"# Prices of models, in US dollars, on {arguments.date}. Made by make.py, which tells the rules; do not edit."]
    texts = {}
    with tempfile.TemporaryDirectory() as folder:
        sources = [("litellm", arguments.litellm, LITELLM_FILE), ("genai-prices", arguments.genai_prices, GENAI_FILE)]
        for name, version, file in sources:
            wheel = download(name, version, folder)
            data = zipfile.ZipFile(wheel).read(file)
            texts[name] = data.decode()
            head.append(f"# {name} {version} (PyPI, MIT), {file}, sha256 {hashlib.sha256(data).hexdigest()}")
    differences = []
    litellm = read_litellm(texts["litellm"], today)
    rows = merge(litellm, read_genai(texts["genai-prices"], today, litellm), differences)
    # Names are found in any case. Of two that differ in nothing else one is kept.
    cells = {}
    for (section, model), (prices, max_input, max_output) in sorted(rows.items()):
        words = written(prices)
        if words and re.fullmatch(r"[!-~]+", model):
            cells.setdefault((section, model.lower()), f"{max_input} {max_output} {words}")
    # What costs the same without its date, or Bedrock's region, needs no row of its own: the reader takes those off.
    price = lambda cell: cell and cell.split(" ", 2)[2]
    for (section, model), cell in list(cells.items()):
        shorter = [DATED.sub("", model)] + [REGION.sub("", model)] * (section == "aws.bedrock")
        if any(name != model and price(cells.get((section, name))) == price(cell) for name in shorter):
            del cells[(section, model)]
    lines = []
    for section in SECTIONS:
        lines.append(f"[{section}]")
        groups = collections.defaultdict(list)
        for (of, model), cell in sorted(cells.items()):
            if of == section:
                groups[cell].append(model)
        lines += [f"{cell} : {' '.join(models)}" for cell, models in sorted(groups.items(), key=lambda group: group[1])]
    body = "\n".join(lines) + "\n"
    head.append(f"# {len(cells)} models, sha256 of what follows {hashlib.sha256(body.encode()).hexdigest()}")
    head.append("# max_input_tokens max_output_tokens prices : models")
    (HERE / "prices.txt").write_text("\n".join(head) + "\n" + body)
    report = [
        "# Where the two sources differ",
        "",
        f"Made by make.py on {arguments.date} from litellm {arguments.litellm} and genai-prices {arguments.genai_prices}.",
        "US dollars per million tokens, or per picture or request. The higher was taken; above ten times, the row was left out.",
        "",
        "| provider | model | price | litellm | genai-prices |",
        "|---|---|---|---|---|",
    ]
    for section, model, (tier, above, letters), mine, other in sorted(differences):
        what = " ".join(filter(None, [tier, f">{above}" if above else "", letters]))
        report.append(f"| {section} | {model} | {what} | {number(mine)} | {number(other)} |")
    (HERE / "differences.md").write_text("\n".join(report) + "\n")
    counts = collections.Counter(section for section, _ in cells)
    print(f"{len(cells)} models, {len(body)} bytes, {len(differences)} differences: {dict(counts)}")


if __name__ == "__main__":
    main()
