//! Why a command did not succeed, and the exit code that says so.

use crate::report::ReportError;
use crate::results::store::StoreError;
use crate::scenario::{Problems, reason};
use crate::study::{RunError, StudyError};

#[derive(Debug)]
pub enum Failure {
    /// It ran, and what was asked for does not hold: an objective is missed, a check found a mismatch.
    Missed(String),
    /// The user's input is wrong.
    Input(String),
    /// The user's scenario is wrong, and where.
    Scenario(Box<Problems>),
    /// The system failed: disk full, folder that cannot be written.
    System(String),
    /// And what is left of the work.
    Interrupted(String),
}

impl Failure {
    /// Wrong input, and what to do about it.
    pub fn input(message: impl std::fmt::Display, help: Option<impl std::fmt::Display>) -> Self {
        Self::Input(match help {
            Some(help) => format!("{message}\n  = help: {help}"),
            None => message.to_string(),
        })
    }

    /// Before anything was written.
    pub fn interrupted() -> Self {
        Self::Interrupted("nothing was written".to_owned())
    }

    pub const fn code(&self) -> u8 {
        match self {
            Self::Missed(_) => 1,
            Self::Input(_) | Self::Scenario(_) => 2,
            Self::System(_) => 3,
            Self::Interrupted(_) => 130,
        }
    }
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Scenario(Box::new(problems))
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Interrupted => Self::interrupted(),
            RunError::Trace(error) => Self::input(&error, error.help()),
            RunError::Empty | RunError::Warmup { .. } => Self::Input(error.to_string()),
            RunError::Threads { .. } => Self::System(error.to_string()),
        }
    }
}

impl From<StudyError> for Failure {
    fn from(error: StudyError) -> Self {
        match error {
            StudyError::Run(error) => (*error).into(),
            StudyError::Scenario(problems) => Self::Scenario(problems),
            StudyError::Billing(error) => Self::input(&error, error.help()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io { action, path, source } => {
                Self::System(format!("cannot {action} `{}`: {}", path.display(), reason(&source)))
            }
            error if error.is_bad_input() => Self::Input(error.to_string()),
            error => Self::System(error.to_string()),
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Store(error) => error.into(),
            ReportError::Drawing { .. } | ReportError::NotAvailable => Self::System(error.to_string()),
        }
    }
}
