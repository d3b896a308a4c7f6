"""What a page does when a reader acts on it: sorts, filters, copies, toggles, points, zooms, or has only a keyboard."""

import csv
import io
import json
import struct

from look import PROBES, ask

# So many tables and charts of a page are acted on with a real pointer; sorting is tried on all.
SOME = 3
MOST_TABS = 60


def probe(handle, call):
    """What a probe says of one element."""
    return handle.evaluate(f"element => {PROBES.strip()}.{call}")


def fragment(page):
    return page.evaluate("() => location.hash")


def tables_sort(page, say):
    answer = ask(page, "sorting()")
    for fault in answer["found"]:
        say("sorting", fault, "rows in order")
    if answer["sorters"] and "sort=" not in fragment(page):
        say("sorting", f"the address ends in {fragment(page)!r}", "it names the order")


def tables_filter(page, say):
    for table in ask(page, "filters()"):
        if table["rows"] > 12 and not table["filter"]:
            say("filter", f"none above the {table['rows']} rows of {table['caption']!r}", "`input.filter[type=search]`")
    for field in page.locator("input.filter").all()[:1]:
        table = field.locator("xpath=following::table[1]")
        word = table.locator("tbody tr").last.locator("th, td").first.inner_text().split()[0]
        field.fill(word)
        answer = probe(table, f"filtered(element, {json.dumps(word)})")
        if answer["wrong"] or not answer["seen"]:
            say("filter", f"{answer['seen']} rows for {word!r}, of which {answer['wrong']} without it", "rows with it")
        copies_as_csv(page, table, say)
        field.fill("no row says this")
        if probe(table, "filtered(element, '')")["seen"]:
            say("filter", "rows are seen that do not hold what was asked", "none")
        field.fill("")
        answer = probe(table, "filtered(element, '')")
        if answer["seen"] != answer["rows"]:
            say("filter", f"{answer['seen']} rows after the filter was cleared", f"all {answer['rows']}")


def copies_as_csv(page, table, say):
    caption = table.locator("caption").text_content().strip() if table.locator("caption").count() else "table"
    button = table.locator("xpath=following::button[contains(@class, 'copy-csv')][1]")
    if button.count() == 0:
        say("copy", f"no button below {caption!r}", "`.copy-csv`")
        return
    page.evaluate("() => { window.copied = null; document.addEventListener('copy', (event) => { window.copied = event.target.value; }, { once: true }); }")
    button.click()
    text = page.evaluate("() => window.copied")
    found = list(csv.reader(io.StringIO(text or "")))
    expected = probe(table, "expected(element)")
    if len(found) != len(expected) + 1:
        say("copy", f"{len(found)} lines of {caption!r}", f"{len(expected) + 1}")
        return
    for got, want in zip(found[1:], expected):
        if [cell.lstrip("'") for cell in got] != [cell.lstrip("'") for cell in want]:
            say("copy", f"{got} in {caption!r}", f"{want}")
            return


def tables_copy(page, say):
    tables = [table for table in page.locator("table").all() if table.is_visible()]
    for table in tables[:SOME]:
        copies_as_csv(page, table, say)


def things_are_saved(page, figures, say):
    """One table and one drawing, as files."""
    for kind in ("csv", "svg", "png"):
        button = page.locator(f".save-{kind}:visible").first
        if button.count() == 0:
            if kind == "csv" and page.locator("table").count() or figures:
                say("save", f"no `.save-{kind}`", "a button")
            continue
        with page.expect_download(timeout=5_000) as download:
            button.click()
        data = open(download.value.path(), "rb").read()
        if kind == "csv" and len(list(csv.reader(io.StringIO(data.decode())))) < 2:
            say("save", f"{len(data)} bytes of CSV", "a heading and rows")
        if kind == "svg" and (b"<svg" not in data or b"var(" in data):
            say("save", "a drawing that needs the page's colours", "a drawing that stands alone")
        if kind == "png":
            width, height = struct.unpack(">II", data[16:24])
            box = page.locator("figure .picture svg:visible").first.evaluate("svg => [svg.viewBox.baseVal.width, svg.viewBox.baseVal.height]")
            if [width, height] != [round(2 * side) for side in box]:
                say("save", f"{width} x {height} pixels", f"twice {box}")


def toggle_hides(page, context, address, toggle, scope, say):
    of = toggle.get_attribute("data-of")
    here = f"toggle {toggle.inner_text().strip()!r}"
    look = (lambda on: probe(on.locator(scope).first, "marksOf(element)")) if scope else (lambda on: ask(on, "marksOf()"))
    before = look(page)
    toggle.click()
    after = look(page)
    if toggle.get_attribute("aria-pressed") != "false":
        say(here, f"aria-pressed is {toggle.get_attribute('aria-pressed')}", "false")
    if of not in before:
        say(here, "no marks of it in any chart", "`data-of` on its marks")
    elif after[of]["seen"]:
        say(here, f"{after[of]['seen']} marks of it are still seen", "none")
    changed = [other for other in before if other != of and before[other] != after[other]]
    if changed:
        say(here, f"marks of {changed} changed too", "only its own")
    if "hide=" not in fragment(page):
        say(here, f"the address ends in {fragment(page)!r}", "it names what is hidden")
    again = context.new_page()
    again.goto(address + fragment(page))
    if look(again) != after:
        say(here, "a page opened with this address shows other marks", "the same marks")
    again.close()
    toggle.click()
    if look(page) != before:
        say(here, "pressed again it does not bring all marks back", "the marks of before")


def toggles_hide(page, context, address, say):
    bar = page.locator("#deployments button.toggle")
    compared = page.locator("section[aria-labelledby=comparison] tbody tr").count()
    if compared > 1 and bar.count() != compared:
        say("#deployments", f"{bar.count()} toggles", f"{compared}, one a deployment")
    for toggle in bar.all()[:2]:
        toggle_hides(page, context, address, toggle, None, say)
    if bar.count() == 0:
        for figure in page.locator("figure.chart").all():
            for toggle in figure.locator(".legend button.toggle").all()[:1]:
                toggle_hides(page, context, address, toggle, f"#{figure.get_attribute('id')}", say)


def tip_shown(page):
    tip = page.locator("div.tip[role=status]")
    return tip.inner_text().strip() if tip.count() and tip.is_visible() else ""


def tip_is_in_the_window(page, here, say):
    box = page.locator("div.tip").bounding_box()
    if box["x"] < 0 or box["x"] + box["width"] > page.viewport_size["width"]:
        say(here, f"the tip reaches from {box['x']:.0f} to {box['x'] + box['width']:.0f}", "within the window")


def charts_are_read(page, figures, say):
    """Lines under the pointer, and with arrow keys."""
    for figure in [figure for figure in figures if figure["readings"]]:
        here = f"#{figure['id']}"
        hit = page.locator(f"{here} .picture svg:visible rect.hit").first
        if hit.count() == 0:
            say(here, "readings, but nowhere to point", "`g.plot rect.hit`")
            continue
        hit.scroll_into_view_if_needed()
        box = hit.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        if not any(letter.isdigit() for letter in tip_shown(page)):
            say(here, f"the tip says {tip_shown(page)!r}", "a value")
        else:
            tip_is_in_the_window(page, here, say)
        page.mouse.move(0, 0)
        if tip_shown(page):
            say(here, "the tip stays when the pointer leaves", "it goes")
        page.locator(f"{here} .picture").first.focus()
        page.keyboard.press("ArrowRight")
        if not tip_shown(page):
            say(here, "the arrow keys read nothing", "a tip")
        page.keyboard.press("Escape")
        if tip_shown(page):
            say(here, "the tip stays after Escape", "it goes")


def marks_are_read(page, titled, say):
    """What a mark's title says without scripts, its tip says with them."""
    for figure, places in titled:
        if not places:
            continue
        svg = page.locator(f"#{figure} .picture svg:visible").first
        for place in places[:3]:
            script = "(svg, place) => [...svg.querySelectorAll('*')].filter((e) => e.localName !== 'title')[place]"
            mark = svg.evaluate_handle(script, place).as_element()
            mark.scroll_into_view_if_needed()
            box = mark.bounding_box()
            if not box:
                continue
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            if tip_shown(page):
                break
        else:
            say(f"#{figure}", "marks have titles, but no tip under the pointer", "a tip")
        page.mouse.move(0, 0)


def charts_zoom(page, figures, say):
    for figure in [figure for figure in figures if figure["hits"]][:SOME]:
        here = f"#{figure['id']}"
        reset = page.locator(f"{here} .zoom-reset")
        ticks = lambda: probe(page.locator(here), "ticks(element)")
        if reset.count() == 0 or reset.is_visible():
            say(here, "a reset is missing, or seen before any zoom", "a hidden `.zoom-reset`")
            continue
        before = ticks()
        hit = page.locator(f"{here} .picture svg:visible rect.hit").first
        hit.scroll_into_view_if_needed()
        box = hit.bounding_box()
        middle = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + 0.3 * box["width"], middle)
        page.mouse.down()
        page.mouse.move(box["x"] + 0.5 * box["width"], middle)
        page.mouse.move(box["x"] + 0.6 * box["width"], middle)
        page.mouse.up()
        if not reset.is_visible():
            say(here, "dragging does not look closer", "`.zoom-reset` is seen")
            continue
        if ticks() == before:
            say(here, "the same tick labels after a zoom", "those of the part")
        for text in [text for text in ask(page, "overlaps(2)") if here in text]:
            say(f"{here}, zoomed", text, "no text on another")
        if "zoom=" not in fragment(page):
            say(here, f"the address ends in {fragment(page)!r}", "it names the part")
        reset.click()
        if ticks() != before or reset.is_visible():
            say(here, "the reset does not bring back the tick labels, or stays", "the whole axis")


def keyboard_reaches_toggles(page, say):
    if page.locator("button.toggle:visible").count() == 0:
        return
    page.evaluate("() => { document.activeElement?.blur(); window.scrollTo(0, 0); getSelection().removeAllRanges(); }")
    # Where the focus begins: the last thing before the first toggle, so that the way is short on any page.
    page.evaluate("""() => {
      const all = [...document.querySelectorAll("a[href], button, input, summary, [tabindex]")];
      const at = all.findIndex((element) => element.matches("button.toggle"));
      all.slice(0, at).reverse().find((element) => element.checkVisibility())?.focus();
    }""")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('button.toggle')"):
            break
    else:
        say("keyboard", f"no toggle within {MOST_TABS} steps of Tab", "a toggle has the focus")
        return
    pressed = lambda: page.evaluate("() => document.activeElement.getAttribute('aria-pressed')")
    if page.evaluate("() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle === 'none' && s.boxShadow === 'none'; }"):
        say("keyboard", "nothing shows where the focus is", "an outline")
    for key, expected in (("Space", "false"), ("Enter", "true")):
        page.keyboard.press(key)
        if pressed() != expected:
            say("keyboard", f"aria-pressed is {pressed()} after {key}", expected)
