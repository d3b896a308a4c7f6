//! `--theme`: on which background reports and pictures stand.

use clap::{Args, ValueEnum};

use crate::report::Theme;

#[derive(Args)]
pub struct ThemeArguments {
    /// Background of report and charts [default: as the reader prefers; PNG files light]
    #[arg(long, value_enum, value_name = "THEME")]
    theme: Option<Chosen>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Chosen {
    Light,
    Dark,
}

impl ThemeArguments {
    pub const fn theme(&self) -> Theme {
        match self.theme {
            None => Theme::Auto,
            Some(Chosen::Light) => Theme::Light,
            Some(Chosen::Dark) => Theme::Dark,
        }
    }
}
