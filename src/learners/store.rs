//! Rows of learners and subjects. Every key begins with the family.

use minicbor::{Decode, Encode};

use crate::{
    error::Result,
    row,
    store::{Read, Table, Write},
    types::{FamilyId, LearnerId, SubjectId},
};

use super::{Area, Colour, Learner, Subject};

const LEARNERS: Table<(FamilyId, LearnerId), LearnerRow> = Table::new("learners");
const SUBJECTS: Table<(FamilyId, SubjectId), SubjectRow> = Table::new("subjects");

#[derive(Encode, Decode)]
struct LearnerRow {
    #[n(0)]
    nickname: String,
    #[n(1)]
    colour: Colour,
    #[n(2)]
    archived: bool,
}
row!(LearnerRow, version 1);

#[derive(Encode, Decode)]
struct SubjectRow {
    #[n(0)]
    name: String,
    #[n(1)]
    area: Area,
    #[n(2)]
    archived: bool,
}
row!(SubjectRow, version 1);

impl LearnerRow {
    fn into_learner(self, id: LearnerId) -> Learner {
        Learner { id, nickname: self.nickname, colour: self.colour, archived: self.archived }
    }
}

impl SubjectRow {
    fn into_subject(self, id: SubjectId) -> Subject {
        Subject { id, name: self.name, area: self.area, archived: self.archived }
    }
}

pub(super) fn put(tx: &mut Write, family: FamilyId, learner: &Learner) {
    let row = LearnerRow { nickname: learner.nickname.clone(), colour: learner.colour, archived: learner.archived };
    tx.put(&LEARNERS, &(family, learner.id), &row);
}

pub(super) fn get(tx: &Read, family: FamilyId, id: LearnerId) -> Result<Option<Learner>> {
    Ok(tx.get(&LEARNERS, &(family, id))?.map(|row| row.into_learner(id)))
}

pub(super) fn all(tx: &Read, family: FamilyId) -> Result<Vec<Learner>> {
    tx.under(&LEARNERS, &(family,)).map(|row| row.map(|((_, id), row)| row.into_learner(id))).collect()
}

pub(super) fn put_subject(tx: &mut Write, family: FamilyId, subject: &Subject) {
    let row = SubjectRow { name: subject.name.clone(), area: subject.area, archived: subject.archived };
    tx.put(&SUBJECTS, &(family, subject.id), &row);
}

pub(super) fn subject(tx: &Read, family: FamilyId, id: SubjectId) -> Result<Option<Subject>> {
    Ok(tx.get(&SUBJECTS, &(family, id))?.map(|row| row.into_subject(id)))
}

pub(super) fn subjects(tx: &Read, family: FamilyId) -> Result<Vec<Subject>> {
    tx.under(&SUBJECTS, &(family,)).map(|row| row.map(|((_, id), row)| row.into_subject(id))).collect()
}
