"""The figures of a folder as one HTML page that needs no network and no script.

What the page shows is what lies in the folder: each record NAME.json with its picture and arrays.
The statements are those of the ledger; they are not verified here. All text is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from analogtheory.claims.claim import Claim
from analogtheory.claims.collect import collect
from analogtheory.errors import InputError
from analogtheory.experiments import store
from analogtheory.experiments.core import Data
from analogtheory.report.figures_claims import caption_html, claims_html
from analogtheory.report.markdown import markdown_html
from analogtheory.report.mathml import text_html
from analogtheory.report.page_parts import asset, section

#: A figure is shown with so many pixels of the page for one of the picture (300 an inch).
_SCALE = 0.45
_FILES = {
    "pdf": "PDF",
    "png": "PNG",
    "npz": "numbers (npz)",
    "json": "record (json)",
    "md": "table (md)",
}


def write_page(folder: Path) -> Path | None:
    """Write index.html on all experiments of a folder; None if there is none with a picture.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    records = records_in(folder)
    if not records:
        return None
    path, text = folder / "index.html", render_page(records, folder)
    store.replace(path, lambda file: file.write(text.encode()))
    return path


def records_in(folder: Path) -> list[dict[str, Any]]:
    """The records NAME.json of a folder that can be read and have a picture, by name."""
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            if record["experiment"] == path.stem and path.with_suffix(".png").is_file():
                found.append(record)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not one of ours
    return found


def render_page(records: Sequence[Mapping[str, Any]], folder: Path) -> str:
    """The page; equal for equal files.

    Parameters
    ----------
    records : sequence of dict
        Of :func:`records_in`.
    folder : Path
        Where pictures and numbers are, and where the page will be.
    """
    ledger = collect() if any(record["claims"] for record in records) else {}
    style = asset("style.css") + asset("figures.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    quick = all(record["size"] == "quick" for record in records)
    return Template(asset("figures.html")).substitute(
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'",
        style=style,
        settings=_settings(records, quick),
        contents="".join(map(_entry, records)),
        figures="\n".join(_figure(record, folder, ledger) for record in records),
    )


def _settings(records: Sequence[Mapping[str, Any]], quick: bool) -> str:
    number = "1 figure" if len(records) == 1 else f"{len(records)} figures"
    size = " at the quick sizes of the tests" if quick else ""
    command = f"analogtheory figures{' --quick' if quick else ''}"
    return f"{number}{size}; <code>{command}</code> writes all of them and this page."


def _entry(record: Mapping[str, Any]) -> str:
    name, title = text_html(record["experiment"]), text_html(record["title"])
    return f'<li><a href="#{name}">{title}</a></li>'


# ------------------------------------------------------------------ one figure


def _figure(record: Mapping[str, Any], folder: Path, ledger: Mapping[str, Claim]) -> str:
    name = text_html(record["experiment"])
    return "\n".join(
        [
            f'<article class="experiment" id="{name}" aria-labelledby="{name}--title">',
            f'<h2 id="{name}--title"><a href="#{name}">{text_html(record["title"])}</a></h2>',
            f'<figure class="picture">{_image(record, folder)}',
            f'<figcaption id="{name}--caption">{caption_html(record)}</figcaption></figure>',
            f'<p class="command"><code>{_command(record)}</code></p>',
            f'<p class="files">{_links(record["experiment"], folder)}</p>',
            claims_html(record, ledger),
            _numbers(record, folder),
            "</article>",
        ]
    )


def _command(record: Mapping[str, Any]) -> str:
    quick = " --quick" if record["size"] == "quick" else ""
    return text_html(f"analogtheory figures {record['experiment']}{quick}")


def _links(name: str, folder: Path) -> str:
    """The files beside the page."""
    shown = text_html(name)
    there = [ending for ending in _FILES if (folder / f"{name}.{ending}").is_file()]
    return " · ".join(f'<a href="{shown}.{end}">{_FILES[end]}</a>' for end in there)


def _image(record: Mapping[str, Any], folder: Path) -> str:
    """The picture within the page, in 256 colours: less than half its size, the same to see."""
    from PIL import Image

    name = text_html(record["experiment"])
    with Image.open(folder / f"{record['experiment']}.png") as opened:
        picture = opened.convert("RGB")
    few, file = picture.quantize(256, dither=Image.Dither.NONE), io.BytesIO()
    few.save(file, "png")
    width, height = (round(_SCALE * pixels) for pixels in picture.size)
    return (
        f'<img src="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}" '
        f'width="{width}" height="{height}" alt="Figure: {text_html(record["title"])}" '
        f'aria-describedby="{name}--caption">'
    )


# ------------------------------------------------------------------ numbers


def _numbers(record: Mapping[str, Any], folder: Path) -> str:
    """Settings, arrays and table, folded."""
    try:
        arrays = _arrays(store.read(record["experiment"], folder).data)
    except InputError:  # its message has the path of the folder, which is no matter of the page
        arrays = (
            '<p class="status status-failed">The file of numbers is missing or damaged; '
            f"<code>{_command(record)}</code> writes it again.</p>"
        )
    path = folder / f"{record['experiment']}.md"
    table = markdown_html(path.read_text(encoding="utf-8")) if path.is_file() else ""
    body = [
        section("Settings", _pairs(record["inputs"])),
        section("Table", table),
        section("Arrays of the file of numbers", arrays),
        section("Where they come from", _pairs(_origin(record))),
    ]
    number = len(record["arrays"])
    words = f"{number} array{'' if number == 1 else 's'}, seed {record['seed']}"
    return (
        f'<details class="more"><summary>Numbers and settings: {text_html(words)}, computed in '
        f"{record['seconds']:.1f} s</summary>{''.join(body)}</details>"
    )


def _pairs(values: Mapping[str, Any]) -> str:
    """Names and values, nested ones as JSON."""
    rows = "".join(
        f"<div><dt>{text_html(name)}</dt><dd>{text_html(_value(value))}</dd></div>"
        for name, value in values.items()
    )
    return f'<dl class="pairs">{rows}</dl>'


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _origin(record: Mapping[str, Any]) -> dict[str, Any]:
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    return {
        "versions": versions,
        "SHA-256 of the numbers": record["data_sha256"],
        "SHA-256 of inputs, versions and source": record["inputs_sha256"],
        "computing time": f"{record['seconds']} s",
    }


def _arrays(data: Data) -> str:
    """Name, shape, least and largest value of each array."""
    rows = "".join(_array_row(name, data[name]) for name in sorted(data))
    head = "".join(
        f'<th scope="col">{words}</th>' for words in ("array", "shape", "least", "largest")
    )
    return (
        '<div class="scroll" role="region" tabindex="0" aria-label="Arrays"><table><thead><tr>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _array_row(name: str, values: Any) -> str:
    finite = values[np.isfinite(values)]
    ends = (f"{finite.min():.4g}", f"{finite.max():.4g}") if finite.size else ("·", "·")
    shape = " × ".join(map(str, values.shape)) or "1"
    cells = "".join(f"<td>{re.sub('^-', '−', end)}</td>" for end in ends)
    return f'<tr><th scope="row"><code>{text_html(name)}</code></th><td>{shape}</td>{cells}</tr>'
