//! The subjects that a new family starts with: common names in UK home education, to be renamed freely.

use crate::{store::Write, types::FamilyId};

use super::{Area, Subject, store};

const STARTERS: [(&str, Area); 18] = [
    ("English", Area::Literacy),
    ("Reading", Area::Literacy),
    ("Maths", Area::Numeracy),
    ("Science", Area::Science),
    ("Nature study", Area::Science),
    ("Computing", Area::Science),
    ("History", Area::Humanities),
    ("Geography", Area::Humanities),
    ("Languages", Area::Humanities),
    ("Religion and beliefs", Area::Humanities),
    ("Art and craft", Area::Arts),
    ("Music", Area::Arts),
    ("Drama", Area::Arts),
    ("Sport and movement", Area::Physical),
    ("Swimming", Area::Physical),
    ("Cooking", Area::LifeSkills),
    ("Life skills", Area::LifeSkills),
    ("Clubs and friends", Area::Socialisation),
];

/// Gives a new family its starter set.
pub fn starter_subjects(tx: &mut Write, family: FamilyId) -> Vec<Subject> {
    let subjects: Vec<Subject> = STARTERS
        .into_iter()
        .map(|(name, area)| Subject { id: tx.new_id(), name: name.to_owned(), area, archived: false })
        .collect();
    for subject in &subjects {
        store::put_subject(tx, family, subject);
    }
    subjects
}
