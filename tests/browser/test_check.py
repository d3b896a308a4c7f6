"""Each check fails when it should: a report is given one fault at a time, and the check must find it.

    python tests/browser/test_check.py REPORT.html
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import act
import look
from check import NARROW, WIDE, Report, chromium

CSP = "Content-Security-Policy"


def script(code):
    return f"<script>{code}</script>"


def style(code):
    return f"<style>{code}</style>"


def each(selector, code):
    """Does something with all elements that are there once the page's own script ran."""
    return script(f"for (const e of document.querySelectorAll({selector!r})) {{ {code} }}")


def deaf(selector, event):
    """An element that does not hear an event."""
    return script(
        f"window.addEventListener({event!r}, (event) => {{ "
        f"if (event.target.closest?.({selector!r})) event.stopImmediatePropagation(); }}, true);"
    )


def opened(report, page, say):
    """Nothing but what the page does on its own."""


def quick(report, page, say):
    look.opens_quickly(page, report.address, say)


def charts(report, page, say):
    look.charts_have_marks(page, say)


def drawings(report, page, say):
    look.drawings_suit_the_width(page, "wide", say)


def links(report, page, say):
    look.links_lead_somewhere(page, say)


def scheme(report, page, say):
    look.follows_the_scheme(page, say)


def narrow(report, page, say):
    page.set_viewport_size(NARROW)
    look.text_has_room(page, NARROW["width"], say)


def axe(report, page, say):
    look.accessible(page, "light", "here", say)


def prints(report, page, say):
    look.prints(page, say)


def keyboard(report, page, say):
    act.keyboard_reaches_toggles(page, say)


def toggles(report, page, say):
    act.toggles_hide(page, page.context, report.address, say)


def reads(report, page, say):
    act.charts_are_read(page, look.ask(page, "figures()"), say)


def marks(report, page, say):
    act.marks_are_read(page, report.titled, say)


def zooms(report, page, say):
    act.charts_zoom(page, look.ask(page, "figures()"), say)


def sorts(report, page, say):
    act.tables_sort(page, say)


def filters(report, page, say):
    act.tables_filter(page, say)


def copies(report, page, say):
    act.tables_copy(page, say)


def saves(report, page, say):
    act.things_are_saved(page, look.ask(page, "figures()"), say)


def plain(report, page, say):
    report.titled = report.plain()


# What is put at the end of the page, the check, and a part of what it then says.
FAULTS = [
    (script("console.error('broken')"), opened, "console: found broken"),
    (script("throw new Error('broken')"), opened, "errors: found broken"),
    ('<img alt="" src="http://127.0.0.1:9/a.png">', opened, "requests: found http://127.0.0.1:9/a.png"),
    (script("fetch('http://127.0.0.1:9/b').catch(() => 0)"), opened, "requests: found http://127.0.0.1:9/b"),
    (script("const until = performance.now() + 1200; while (performance.now() < until);"), quick, "time to open: found"),
    (each("figure.chart:first-of-type .fill:not(text), figure.chart:first-of-type .line", "e.remove()"), charts, "no marks"),
    (each("figure.chart svg", "e.removeAttribute('aria-label'); e.removeAttribute('aria-labelledby')"), charts, "role img"),
    (each(".data tbody tr", "e.remove()"), charts, "no table of its figures"),
    (each("figure.chart svg [d]", "e.setAttribute('d', 'M0 NaN')"), charts, "found NaN"),
    (each("figure.chart svg.narrow", "e.remove()"), drawings, "one drawing for all widths"),
    (style(".picture .wide { display: none } .picture .narrow { display: block }"), drawings, "expected `wide`"),
    ('<p id="twice"></p><p id="twice"></p>', links, "`twice` twice"),
    ('<a href="#nowhere">a</a>', links, "found #nowhere"),
    ('<a href="https://example.org/">a</a>', links, "expected a place on this page"),
    (style("body { background: #fff !important }"), scheme, "background: found"),
    (f'<p style="white-space: nowrap">{"wide " * 40}</p>', narrow, "page at 380 px"),
    ('<p style="width: 60px; white-space: nowrap">wider than its own box</p>', narrow, "its box"),
    (each("figure svg.narrow text", "e.after(Object.assign(e.cloneNode(true)))"), narrow, "no text on another"),
    ('<p style="font-size: 9px">small</p>', narrow, "9.0 px"),
    ('<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=">', axe, "image-alt"),
    ('<main><p style="color: #bbb; background: #fff">pale</p></main>', axe, "color-contrast"),
    ('<p><button style="width: 9px; height: 9px; padding: 0">x</button><button style="width: 9px; height: 9px; padding: 0">y</button></p>', axe, "target-size"),
    (style("@media print { main { display: none !important } }"), prints, "print: found 1 pages"),
    (each("button.toggle", "e.tabIndex = -1"), keyboard, "keyboard: found no toggle"),
    (style("* { outline: none !important }"), keyboard, "nothing shows where the focus is"),
    (deaf("button.toggle", "click"), toggles, "aria-pressed is true"),
    (style(".off { display: inline !important }"), toggles, "are still seen"),
    (script("history.replaceState = () => {}"), toggles, "it names what is hidden"),
    (script("if (location.hash.startsWith('#~')) for (const e of document.querySelectorAll('.off')) e.classList.remove('off')"), toggles, "shows other marks"),
    (style(".tip { display: none !important }"), reads, "the tip says ''"),
    (style(".tip { display: block !important }"), reads, "the tip stays"),
    (deaf(".picture", "keydown"), reads, "the arrow keys read nothing"),
    (style(".tip { display: none !important }"), marks, "marks have titles"),
    (deaf(".picture", "pointerdown"), zooms, "dragging does not look closer"),
    (style(".zoom-reset[hidden] { display: inline !important }"), zooms, "seen before any zoom"),
    (script("Chart.prototype.ticks = () => {}"), zooms, "the same tick labels"),
    (deaf(".zoom-reset", "click"), zooms, "the reset does not bring back"),
    (deaf(".sorter", "click"), sorts, "aria-sort is null"),
    (each(".sorter", "e.addEventListener('click', () => { const b = e.closest('table').tBodies[0]; b.append(b.rows[0]); })"), sorts, "stands before"),
    (deaf(".filter", "input"), filters, "without it"),
    (each(".filter", "e.remove()"), filters, "none above the"),
    (deaf(".copy-csv", "click"), copies, "copy: found 0 lines"),
    (each(".save-png", "e.remove()"), saves, "no `.save-png`"),
    (style("html:not(.scripted) figure svg { display: none !important }"), plain, "without scripts"),
]


def faults(browser, path, html, check, titled):
    path.write_text(html, encoding="utf-8")
    report = Report(browser, path)
    report.titled = titled
    context = report.context(WIDE)
    page = context.new_page()
    page.goto(report.address)
    page.wait_for_timeout(50)
    if check is not quick and check is not keyboard:
        look.ask(page, "openAll()")

    def made(say):
        check(report, page, say)

    made.__name__ = check.__name__
    report.attempt(made)
    context.close()
    return report.faults


def main(path):
    html = Path(path).read_text(encoding="utf-8").replace(CSP, "none")
    before, after = html.rsplit("</body>", 1)
    missed = []
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        place = Path(folder) / "faulty.html"
        titled = Report(browser, path).plain()
        sound = {check: faults(browser, place, html, check, titled) for check in {check for _, check, _ in FAULTS}}
        for fault, check, words in FAULTS:
            found = faults(browser, place, f"{before}{fault}</body>{after}", check, titled)
            new = [line for line in found if line not in sound[check]]
            if not any(words in line for line in new):
                missed.append(f"{check.__name__}: expected `{words}` of {fault[:120]}, found {new[:3]}")
        browser.close()
    print(f"{len(FAULTS)} faults, {len(missed)} missed")
    print("\n".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
