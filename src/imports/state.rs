//! Where an import stands.

/// From the upload to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its file is here; what its columns mean is not said yet.
    New,
    /// A job tries its rows.
    Checking,
    /// Every row was tried; nothing is made yet.
    Checked,
    /// A job makes what is new.
    Running,
    /// All of it is made.
    Done,
    /// A job takes back what nobody has used.
    Undoing,
    /// It was taken back.
    Undone,
    /// Nobody wants it; it is about to go.
    Discarded,
}

impl State {
    const ALL: [Self; 8] = [
        Self::New,
        Self::Checking,
        Self::Checked,
        Self::Running,
        Self::Done,
        Self::Undoing,
        Self::Undone,
        Self::Discarded,
    ];

    /// The word in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Checking => "checking",
            Self::Checked => "checked",
            Self::Running => "running",
            Self::Done => "done",
            Self::Undoing => "undoing",
            Self::Undone => "undone",
            Self::Discarded => "discarded",
        }
    }

    /// The state of a row.
    #[must_use]
    pub fn of(word: &str) -> Self {
        // The schema allows no other word.
        Self::ALL.into_iter().find(|state| state.word() == word).unwrap_or(Self::Discarded)
    }

    /// Whether it can still be said what its columns mean.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Checked)
    }

    /// Class and word of its badge.
    #[must_use]
    pub const fn badge(self) -> (&'static str, &'static str) {
        match self {
            Self::New => ("badge--held", "Columns to choose"),
            Self::Checking => ("badge--scheduled", "Being checked"),
            Self::Checked => ("badge--held", "Waits for your yes"),
            Self::Running => ("badge--scheduled", "Running"),
            Self::Done => ("badge--active", "Done"),
            Self::Undoing => ("badge--scheduled", "Being taken back"),
            Self::Undone => ("badge--deleted", "Taken back"),
            Self::Discarded => ("badge--deleted", "Discarded"),
        }
    }
}

/// What became of a row, or will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It will be made.
    New,
    /// It is there, and says the same.
    Same,
    /// Its code is taken by something else, here or earlier in the file.
    Duplicate,
    /// It cannot be made as it is.
    Rejected,
    /// It was made.
    Made,
    /// It was made and taken back.
    Undone,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::New, Self::Made, Self::Undone, Self::Same, Self::Duplicate, Self::Rejected];

    /// The word in the database and in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Same => "same",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
            Self::Made => "made",
            Self::Undone => "undone",
        }
    }

    /// The outcome with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// Class and word of its badge.
    #[must_use]
    pub const fn badge(self) -> (&'static str, &'static str) {
        match self {
            Self::New => ("badge--scheduled", "New"),
            Self::Same => ("badge--expired", "Same"),
            Self::Duplicate => ("badge--held", "Duplicate"),
            Self::Rejected => ("badge--refused", "Rejected"),
            Self::Made => ("badge--active", "Imported"),
            Self::Undone => ("badge--deleted", "Taken back"),
        }
    }
}
