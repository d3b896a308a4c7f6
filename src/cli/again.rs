//! The command that makes a study again, from its arguments: all that decides its answer, and nothing of where the answer goes
//! or on how many threads it is found.

use std::fmt::Display;

use super::scenario::ScenarioArguments;
use crate::results::studied::StudiedScenario;

/// A command, word by word, as a shell takes it.
pub struct Again(Vec<String>);

impl Again {
    /// `sim COMMAND`.
    pub fn new(command: &str) -> Self {
        Self(vec!["sim".to_owned(), command.to_owned()])
    }

    /// `sim COMMAND SCENARIO`, and what is set in it.
    pub fn of(command: &str, scenario: &ScenarioArguments) -> Self {
        Self::new(command).words([scenario.path.display()]).option("set", &scenario.set).flag("sort", scenario.sort)
    }

    pub fn words(mut self, words: impl IntoIterator<Item = impl Display>) -> Self {
        self.0.extend(words.into_iter().map(|word| quoted(&word.to_string())));
        self
    }

    /// `--NAME VALUE` for each of the values.
    pub fn option(mut self, name: &str, values: impl IntoIterator<Item = impl Display>) -> Self {
        for value in values {
            self.0.extend([format!("--{name}"), quoted(&value.to_string())]);
        }
        self
    }

    /// `--NAME`, if it was said.
    pub fn flag(mut self, name: &str, said: bool) -> Self {
        self.0.extend(said.then(|| format!("--{name}")));
        self
    }

    /// With the seed and the replications of what was studied, whoever said them.
    pub fn seeded(self, studied: &StudiedScenario) -> String {
        self.option("seed", [studied.seed]).option("replications", [studied.replications]).line()
    }

    pub fn line(self) -> String {
        self.0.join(" ")
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_a_shell_would_take_apart_stand_in_quotes() {
        let words = Again::new("commit").words(["my file.toml"]).option("vary", ["prices.*=x1,x2", "a.b=1..4:1"]);
        let line = words.option("offer", ["{ term = '1y' }"]).flag("as-is", true).flag("sort", false).line();
        let quotes = r"--offer '{ term = '\''1y'\'' }'";
        assert_eq!(
            line,
            format!("sim commit 'my file.toml' --vary 'prices.*=x1,x2' --vary a.b=1..4:1 {quotes} --as-is")
        );
    }
}
