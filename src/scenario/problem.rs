//! What is wrong with a scenario, each problem with its place, all of them reported at once.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin as Pointer, Renderer, Snippet};

/// Problems beyond this number are counted, not shown.
const SHOWN: usize = 40;

/// A text that a value came from: the scenario file, or one `--set` argument.
#[derive(Clone, Debug)]
pub struct Origin {
    /// As the user wrote it: a path, or `--set`.
    pub name: String,
    pub text: String,
}

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Index into the origins: 0 is the file, the others are arguments.
    pub origin: usize,
    start: usize,
    end: usize,
}

impl Place {
    pub const fn new(origin: usize, span: Range<usize>) -> Self {
        Self { origin, start: span.start, end: span.end }
    }

    fn span_in(&self, text: &str) -> Range<usize> {
        let start = text.floor_char_boundary(self.start.min(text.len()));
        start..text.ceil_char_boundary(self.end.clamp(start, text.len()))
    }
}

/// One thing that the user can put right.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    message: String,
    place: Option<Place>,
    label: String,
    help: Vec<String>,
    /// The name that a misspelt one probably stands for.
    meant: Option<Box<str>>,
}

impl Problem {
    pub fn at(place: &Place, message: impl Into<String>) -> Self {
        Self { place: Some(place.clone()), ..Self::whole(message) }
    }

    /// A problem of the whole file.
    pub fn whole(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, label: String::new(), help: Vec::new(), meant: None }
    }

    /// The same problem, shown elsewhere.
    pub fn move_to(mut self, place: &Place) -> Self {
        self.place = Some(place.clone());
        self
    }

    /// A few words under the carets.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Suggests the nearest of `names`, or lists them if none is near.
    pub fn nearest<'a>(mut self, name: &str, what: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = names.into_iter().collect();
        match crate::units::nearest(name, names.iter().copied()) {
            Some(near) => {
                self.meant = Some(near.into());
                self.help(format!("{what} with a similar name exists: `{near}`"))
            }
            None if names.is_empty() => self,
            None => self.help(format!("expected one of {}", listed(&names))),
        }
    }
}

/// `` `a`, `b`, `c` ``.
pub fn listed<T: AsRef<str>>(names: &[T]) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

/// User text for a message: on one line and not too long.
pub fn shortened(text: &str) -> String {
    let clean: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().count() > 60 { format!("{clean}...") } else { clean }
}

/// Collects problems, and the warnings that go with a scenario that is right.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    pub origins: Vec<Origin>,
    list: Vec<Problem>,
    warnings: Vec<String>,
}

impl Problems {
    /// Nothing wrong so far in `origin`.
    pub fn of(origin: Origin) -> Self {
        Self { origins: vec![origin], ..Self::default() }
    }

    /// Nothing wrong so far in the same texts.
    pub fn of_same_origins(&self) -> Self {
        Self { origins: self.origins.clone(), ..Self::default() }
    }

    pub fn push(&mut self, problem: Problem) {
        if !self.list.contains(&problem) {
            self.list.push(problem);
        }
    }

    /// Adds those of `others`, in the same texts.
    pub fn extend(&mut self, others: Self) {
        others.list.into_iter().for_each(|problem| self.push(problem));
    }

    /// Each with one more piece of advice.
    pub fn with_help(mut self, help: &str) -> Self {
        self.list = self.list.into_iter().map(|problem| problem.help(help)).collect();
        self
    }

    /// What is wrong in the text of the last origin is shown in `said`, from which that text was made: at the same words, or at
    /// all of it.
    pub fn show_last_in(&mut self, said: Origin) {
        let Some((last, made)) = self.origins.len().checked_sub(1).zip(self.origins.last_mut()) else { return };
        let made = std::mem::replace(made, said).text;
        let said = self.origins[last].text.as_str();
        for place in self.list.iter_mut().filter_map(|problem| problem.place.as_mut()).filter(|one| one.origin == last)
        {
            let words = made[place.span_in(&made)].trim_matches(['"', '\'']);
            let found = said.find(words).filter(|_| !words.is_empty());
            *place = Place::new(last, found.map_or(0..said.len(), |start| start..start + words.len()));
        }
    }

    /// Something that a reader of the results must know.
    pub fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Where something is wrong, and the name that was meant if it is a misspelt one.
    pub fn places(&self) -> BTreeMap<&Place, Option<&str>> {
        self.list.iter().filter_map(|problem| Some((problem.place.as_ref()?, problem.meant.as_deref()))).collect()
    }

    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Like a compiler: message, `file:line:column`, the line, carets, help; in the order of the file.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut sorted: Vec<&Problem> = self.list.iter().collect();
        sorted.sort_by(|a, b| a.place.cmp(&b.place));
        let mut parts: Vec<String> =
            sorted.iter().take(SHOWN).map(|problem| renderer.render(&[self.group(problem)])).collect();
        if self.list.len() > 1 {
            parts.push(self.count());
        }
        parts.join("\n\n")
    }

    fn count(&self) -> String {
        let all = self.list.len();
        if all > SHOWN { format!("{all} problems, the first {SHOWN} shown") } else { format!("{all} problems") }
    }

    fn group<'a>(&'a self, problem: &'a Problem) -> Group<'a> {
        let title = Level::ERROR.primary_title(problem.message.as_str());
        let help = problem.help.iter().map(|help| Level::HELP.message(help.as_str()));
        let place = problem.place.as_ref().and_then(|place| Some((place, self.origins.get(place.origin)?)));
        let group = match place {
            Some((place, origin)) => {
                let span = readable(&origin.text, place.span_in(&origin.text));
                let mark = AnnotationKind::Primary.span(span);
                let mark = if problem.label.is_empty() { mark } else { mark.label(problem.label.as_str()) };
                title.element(Snippet::source(origin.text.as_str()).path(origin.name.as_str()).annotation(mark))
            }
            None => match self.origins.first() {
                Some(origin) => title.element(Pointer::path(origin.name.as_str())),
                None => Group::with_title(title),
            },
        };
        group.elements(help)
    }
}

/// A span of many screens is marked where it begins.
fn readable(text: &str, span: Range<usize>) -> Range<usize> {
    const LONGEST: usize = 100;
    let line_ends = text[span.clone()].find('\n').map_or(span.end, |end| span.start + end);
    if line_ends - span.start <= LONGEST { span } else { span.start..text.floor_char_boundary(span.start + LONGEST) }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Problems {}
