//! Fills the template of `report.html`. Names are escaped by the template engine.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};

use super::page::{Page, StudyPage};
use super::{Theme, charts};

const PARTS: &str = include_str!("parts.html");
const REPORT: &str = include_str!("report.html");
const STUDY: &str = include_str!("study.html");
const STYLE: &str = include_str!("style.css");
// Scripts of one page: they are joined in this order.
const TABLES: &str = include_str!("tables.js");
const CHARTS: &str = include_str!("charts.js");
const PAGE: &str = include_str!("page.js");

/// The page of a run.
pub fn render(page: &Page, theme: Theme) -> String {
    filled("report.html", REPORT, page, theme)
}

/// The page of a study.
pub fn render_study(page: &StudyPage, theme: Theme) -> String {
    filled("study.html", STUDY, page, theme)
}

/// # Panics
/// When template and page do not fit each other, which no input can bring about.
fn filled(name: &str, template: &str, page: &impl serde::Serialize, theme: Theme) -> String {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters are valid"));
    // Escaping follows the ending of the name.
    environment.add_template("parts.html", PARTS).expect("the template parses");
    environment.add_template(name, template).expect("the template parses");
    let template = environment.get_template(name).expect("the template was just added");
    let style = format!("{STYLE}{}", charts::style(theme));
    let script = [TABLES, CHARTS, PAGE].concat();
    let theme = match theme {
        Theme::Auto => "auto",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let context = minijinja::context! { page => Serde(page), style, script, theme };
    template.render(context).expect("the template uses fields of the page only")
}
