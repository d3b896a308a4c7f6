"""What a page shows: marks, names, links, room for text, contrast; nothing is clicked."""

import re
from pathlib import Path

import axe_playwright_python

PROBES = (Path(__file__).parent / "probes.js").read_text(encoding="utf-8")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SLOWEST_MS = 1_000
SMALLEST_PX = 11
# A chart without marks has to say why.
EXCUSE = re.compile(r"\b(no|nothing|needs)\b", re.IGNORECASE)


def ask(page, call):
    """What a probe says of the page now."""
    return page.evaluate(f"() => {PROBES.strip()}.{call}")


def opens_quickly(page, address, say):
    """Of several openings the quickest: another program may have had the processor."""
    best = None
    for _ in range(8):
        page.goto("about:blank")
        page.goto(address, wait_until="load")
        page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length > 0")
        times = ask(page, "paint()")
        took = max(times["load"], times["paint"])
        best = took if best is None else min(best, took)
        if best < SLOWEST_MS:
            break
    if best >= SLOWEST_MS:
        say("time to open", f"{best:.0f} ms", f"under {SLOWEST_MS} ms")
    return best


def charts_have_marks(page, say):
    figures = ask(page, "figures()")
    for figure in figures:
        here = f"#{figure['id']}"
        if not figure["drawn"]:
            say(here, "no drawing is seen", "one svg")
            continue
        if figure["marks"] == 0 and not EXCUSE.search(figure["texts"]):
            say(here, "no marks, and no word about it", "marks, or what is missing")
        if figure["marks"] > 0 and figure["rows"] == 0:
            say(here, "no table of its figures", "`details.data` with rows")
        if not figure["heading"]:
            say(here, "no heading", "`figcaption h3`")
        if figure["role"] != "img" or not figure["label"].strip():
            say(here, f"role {figure['role']}, label {figure['label']!r}", "role img and what it shows")
        if figure["numbers"]:
            say(here, figure["numbers"], "numbers in the attributes of marks")
    return figures


def drawings_suit_the_width(page, kind, say):
    for figure in ask(page, "figures()"):
        kinds = [set(drawing.split()) for drawing in figure["drawings"]]
        if len(kinds) > 1 and kind not in figure["seen"].split():
            say(f"#{figure['id']}", f"the drawing `{figure['seen']}` is seen", f"`{kind}`")
        if len(kinds) == 1:
            say(f"#{figure['id']}", "one drawing for all widths", "`svg.wide` and `svg.narrow`")


def links_lead_somewhere(page, say):
    links = ask(page, "links()")
    for target in links["lost"]:
        say("links", target, "an id of this page")
    for target in links["outside"]:
        say("links", target, "a place on this page")
    for name in links["twice"]:
        say("ids", f"`{name}` twice", "each once")


def text_has_room(page, width, say):
    found = ask(page, "width()")
    if found > width:
        say(f"page at {width} px", f"{found} px wide", f"{width} px")
    for text in ask(page, "overflow()"):
        say(f"text at {width} px", text, "within its room")
    for text in ask(page, "overlaps(2)"):
        say(f"drawing at {width} px", text, "no text on another")
    for text in ask(page, f"small({SMALLEST_PX})"):
        say(f"text at {width} px", text, f"{SMALLEST_PX} px or more")


def accessible(page, scheme, where, say):
    """The rules of axe-core, and that targets are large enough (WCAG 2.2, 2.5.8); dark, only the one that sees colours."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate(f"() => {{ if (!window.axe) {{ {AXE} }} }}")
    rules = {"light": "rules: { 'target-size': { enabled: true } }", "dark": "runOnly: ['color-contrast']"}[scheme]
    options = "{ resultTypes: ['violations'], " + rules + " }"
    ask(page, "shorten('none')")
    answer = page.evaluate(f"() => axe.run(document, {options})")
    ask(page, "shorten('')")
    for violation in answer["violations"]:
        nodes = violation["nodes"]
        first = nodes[0]
        message = " ".join(check["message"] for check in first["any"] + first["all"] + first["none"])
        found = f"{violation['id']} on {len(nodes)} elements, first {first['target']}: {message}"
        say(f"accessibility, {scheme}, {where}", found, "no violation")


def follows_the_scheme(page, say):
    """Light or dark as the reader's system is, unless the report was made for one."""
    if ask(page, "fixed()") != "auto":
        return
    shade = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        shade[scheme] = sum(int(part) for part in re.findall(r"\d+", ask(page, "background()"))[:3]) / 3
    if not shade["light"] > 200 > 60 > shade["dark"]:
        say("background", f"light {shade['light']:.0f}, dark {shade['dark']:.0f}", "light and dark")


def works_without_scripts(page, say):
    for what in ("h1", "table", "figure svg"):
        if what != "h1" and page.locator(what).count() == 0:
            continue
        if not any(each.is_visible() for each in page.locator(what).all()[:8]):
            say("without scripts", f"no `{what}` is seen", "it is seen")
    for figure in page.locator("figure.chart").all():
        if not any(svg.is_visible() for svg in figure.locator(".picture svg").all()):
            say("without scripts", f"#{figure.get_attribute('id')} has no drawing", "one svg")
    for button in page.locator("button").all():
        if button.is_visible():
            say("without scripts", f"the button `{button.inner_text()}` does nothing", "no buttons")


def prints(page, say):
    page.emulate_media(media="print")
    file = page.pdf(format="A4", print_background=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", file))
    expected = 2 if page.locator("figure").count() > 3 else 1
    if pages < expected:
        say("print", f"{pages} pages", f"{expected} or more")
    page.emulate_media(media="screen")
