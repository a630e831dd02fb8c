//! The chapters of the API's description.

use poem_openapi::Tags;

/// A chapter.
#[derive(Tags)]
pub enum Tag {
    /// Who is asking.
    Account,
    /// Children and the family's subjects.
    Learners,
    /// Entries and their pictures.
    Journal,
    /// Documents made from the journal.
    Portfolios,
}
