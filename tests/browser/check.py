"""Opens reports in headless Chromium and checks what readers see and do.

    python tests/browser/check.py REPORT.html ... [--look REPORT.html ...]

Reports after `--look` are only looked at: nothing is clicked, and axe-core sees them narrow and light. One line a fault: `report: what: found, expected`; exits 1 if there are any. The environment variable BREAKEVEN_CHROMIUM
says where Chromium is; none is downloaded.
"""

import os
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

import act
import look

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 380, "height": 800}
INSIDE = ("data:", "blob:", "about:")


class Report:
    """One page, and what is wrong with it."""

    def __init__(self, browser, path, acts=True):
        self.browser, self.path, self.acts = browser, Path(path).resolve(), acts
        self.address = self.path.as_uri()
        self.faults = []

    def say(self, what, found, expected):
        name = "/".join(self.path.parts[-2:])
        line = f"{name}: {what}: found {found}, expected {expected}"
        if line not in self.faults:
            self.faults.append(line)

    def context(self, size, **more):
        """A window that loads nothing but the report, and tells of every complaint."""
        context = self.browser.new_context(viewport=size, accept_downloads=True, **more)
        context.set_default_timeout(5_000)

        def gate(route):
            url = route.request.url
            if url.split("#")[0] == self.address or url.startswith(INSIDE):
                route.continue_()
            else:
                self.say("requests", url, "nothing but the file")
                route.abort()

        context.route("**/*", gate)
        context.on("page", self.listen)
        return context

    def listen(self, page):
        page.on("pageerror", lambda error: self.say("errors", error, "none"))
        page.on("console", lambda line: line.type in ("error", "warning") and self.say("console", line.text, "silence"))

    def attempt(self, check, *arguments):
        """A check that cannot even be made is a fault as well."""
        try:
            return check(*arguments, self.say)
        except Error as error:
            self.say(check.__name__, str(error).splitlines()[0], "it can be done")
            return None

    def plain(self):
        """Without scripts; gives the marks that have titles."""
        context = self.context(WIDE, java_script_enabled=False)
        page = context.new_page()
        page.goto(self.address)
        self.attempt(look.works_without_scripts, page)
        titled = look.ask(page, "titled()")
        context.close()
        return titled

    def wide(self, titled):
        context = self.context(WIDE)
        page = context.new_page()
        self.attempt(look.opens_quickly, page, self.address)
        figures = self.attempt(look.charts_have_marks, page) or []
        self.attempt(look.drawings_suit_the_width, page, "wide")
        self.attempt(look.links_lead_somewhere, page)
        self.attempt(look.follows_the_scheme, page)
        self.attempt(act.keyboard_reaches_toggles, page)
        look.ask(page, "openAll()")
        self.attempt(look.text_has_room, page, WIDE["width"])
        if not self.acts:
            context.close()
            return
        # Colours are the same at all widths.
        self.attempt(look.accessible, page, "dark", "1280 px")
        self.attempt(look.accessible, page, "light", "1280 px")
        self.attempt(act.toggles_hide, page, context, self.address)
        self.attempt(act.charts_are_read, page, figures)
        self.attempt(act.marks_are_read, page, titled)
        self.attempt(act.charts_zoom, page, figures)
        self.attempt(act.tables_sort, page)
        self.attempt(act.tables_filter, page)
        self.attempt(act.tables_copy, page)
        self.attempt(act.things_are_saved, page, figures)
        self.attempt(look.prints, page)
        context.close()

    def narrow(self):
        context = self.context(NARROW)
        page = context.new_page()
        page.goto(self.address)
        self.attempt(look.drawings_suit_the_width, page, "narrow")
        look.ask(page, "openAll()")
        self.attempt(look.text_has_room, page, NARROW["width"])
        self.attempt(look.accessible, page, "light", "380 px")
        context.close()

    def check(self):
        started = time.monotonic()
        self.wide(self.plain())
        self.narrow()
        return self.faults, time.monotonic() - started


def chromium():
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    stated = os.environ.get("BREAKEVEN_CHROMIUM")
    found = stated or next(filter(None, map(shutil.which, names)), None)
    if not found:
        sys.exit("no Chromium: install the package `chromium`, or set BREAKEVEN_CHROMIUM")
    return found


def check_all(tasks):
    """The faults of each page, and how long it took to find them; one browser for all."""
    with sync_playwright() as playwright:
        # Chromium runs as root only without its sandbox; the pages are our own.
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        answers = [(path, *Report(browser, path, acts).check()) for path, acts in tasks]
        browser.close()
        return answers


def main(arguments):
    cut = arguments.index("--look") if "--look" in arguments else len(arguments)
    tasks = [(path, place < cut) for place, path in enumerate(arguments) if path != "--look"]
    if not tasks:
        sys.exit(__doc__)
    # One browser a processor: most of the time goes by in one page's own thread.
    workers = max(1, min(len(tasks), os.cpu_count() or 1, 4))
    shares = [tasks[first::workers] for first in range(workers)]
    with ProcessPoolExecutor(workers) as pool:
        answers = [answer for share in pool.map(check_all, shares) for answer in share]
    for path, found, seconds in answers:
        print(f"{path}: {len(found)} faults, {seconds:.1f} s")
    faults = [fault for _, found, _ in answers for fault in found]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
