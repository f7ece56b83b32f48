"""The catalogue of products, one product, and the products nearest to chosen lines, as tables for the terminal."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from lidarsel.printable import printable
from lidarsel.report.terminal import add_columns, empty_table
from lidarsel.sensors.nearest import Likeness
from lidarsel.sensors.product import Product, RangeFigure

_PER_ROW = 8


def catalogue_table(products: Sequence[Product]) -> Table:
    """A row a product. Fits 80 columns."""
    table = empty_table(
        "Elevations of the topmost and lowest line and steps between neighbours, in degrees. Range: 90@10%, what the "
        "maker claims on a target of that reflectivity; <200, beyond which a public driver drops points, which says "
        "nothing of what is seen there. Table: design, of every unit; unit, the calibration of one; derived, of "
        "another product; even steps, only its ends are known."
    )
    add_columns(table, ("Maker", "Model"), ("Lines", "High", "Low", "Finest–\ncoarsest", "Range\nm"))
    add_columns(table, ("Table",), ())
    for position, each in enumerate(products):
        first = position == 0 or products[position - 1].maker != each.maker
        last = position + 1 == len(products) or products[position + 1].maker != each.maker
        entries = [
            each.maker if first else "",
            each.model,
            str(each.lines),
            *(f"{angle:.1f}" for angle in (each.elevation.deg[0], each.elevation.deg[-1])),
            f"{min(each.steps_deg):.2f}–{max(each.steps_deg):.2f}" if each.steps_deg else "–",
            _short(each.ranges[0]) if each.ranges else "–",
            each.elevation.by,
        ]
        table.add_row(*(Text(printable(entry)) for entry in entries), end_section=last)
    return table


def _short(figure: RangeFigure) -> str:
    """ "90@10%" of a maker's claim, "<200" of a driver's limit."""
    of = "" if figure.reflectivity is None else f"@{100 * figure.reflectivity:g}%"
    return f"{'<' if figure.by == 'driver' else ''}{figure.metres:g}{of}"


def product_table(product: Product) -> Table:
    """The elevation of every line, topmost first, eight to a row, each row after its first line. Fits 80 columns."""
    table = empty_table()
    deg = product.elevation.deg
    width = min(_PER_ROW, len(deg))
    add_columns(table, (), ("Line", *("" for _ in range(width))))
    for start in range(0, len(deg), width):
        table.add_row(str(start), *(f"{angle:.3f}" for angle in deg[start : start + width]))
    return table


def product_facts(product: Product) -> Table:
    """What else is known of it and from where, a name and a sentence each, wrapped at words."""
    view, azimuth = product.field_of_view, product.azimuth
    facts = [("also called", ", ".join(product.aliases))]
    facts.append(("elevations", f"{product.elevation.by}: {product.elevation.source}"))
    if view is not None:
        facts.append(("field of view", f"{view.deg[0]:g} to {view.deg[1]:g} degrees: {view.source}"))
    if azimuth is not None:
        facts.append(("azimuth step", f"{', '.join(f'{step:g}' for step in azimuth.deg)} degrees: {azimuth.source}"))
    facts += [("range", _range(each)) for each in product.ranges]
    missing = [("azimuth step", azimuth is None), ("range", not product.ranges)]
    facts += [(name, "no source found") for name, unknown in missing if unknown]
    facts += [("beam order", product.beam_order or ""), ("note", product.note or "")]
    return sentences([(name, text) for name, text in facts if text])


def _range(figure: RangeFigure) -> str:
    of = "" if figure.reflectivity is None else f" on targets of {100 * figure.reflectivity:g} % reflectivity"
    said = "the maker's" if figure.by == "maker" else "a driver drops points beyond it"
    return f"{figure.metres:g} m{of}, {said}: {figure.source}"


def sentences(rows: Sequence[tuple[str, str]]) -> Table:
    """A name and a sentence a row, wrapped at words."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, text in rows:
        table.add_row(Text(name), Text(printable(text)))
    return table


def nearest_table(found: Sequence[Likeness], n_chosen: int) -> Table:
    """The products nearest to chosen lines, the nearest first. Fits 80 columns."""
    table = empty_table(
        f"Within: how many of the product's lines are within the chosen range. Missing: from each of the {n_chosen} "
        "chosen lines to the product's nearest, mean and worst, in degrees. Extra: from each of the product's lines "
        "within the range to the nearest chosen one, mean. Differs: the mean of both means, by which they are ranked. "
        "Spans: share of the chosen range within the product's. By elevation alone: neither range nor azimuth step "
        "counts, and lidarsel evaluate on a log is what tells an error."
    )
    add_columns(table, ("Maker", "Model"), ("Lines", "Within", "Differs", "Missing", "Worst", "Extra", "Spans"))
    for each in found:
        figures = (each.difference_deg, each.missing_deg, each.worst_deg, each.extra_deg)
        entries = [each.maker, each.model, str(each.lines), str(each.within), *(f"{figure:.2f}" for figure in figures)]
        table.add_row(*(Text(printable(entry)) for entry in (*entries, f"{100 * each.covered:.0f} %")))
    return table
