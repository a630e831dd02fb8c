//! Rows of learners and subjects. Every key begins with the family.

use minicbor::{Decode, Encode};

use crate::{
    accounts::PasswordHash,
    error::Result,
    row,
    store::{Read, Table, Write},
    types::{FamilyId, LearnerId, SubjectId, Timestamp},
};

use super::{
    Area, Colour, Learner, Subject,
    sign_in::{Door, SignIn},
};

const LEARNERS: Table<(FamilyId, LearnerId), LearnerRow> = Table::new("learners");
const SUBJECTS: Table<(FamilyId, SubjectId), SubjectRow> = Table::new("subjects");

const SIGN_INS: Table<(FamilyId, LearnerId), SignInRow> = Table::new("learner_sign_ins");
const DOORS: Table<(FamilyId,), DoorRow> = Table::new("learner_doors");

#[derive(Encode, Decode)]
struct SignInRow {
    #[n(0)]
    words: String,
    #[n(1)]
    set_at: Timestamp,
    #[n(2)]
    departures: u32,
    #[n(3)]
    sessions: Vec<SessionRow>,
    #[n(4)]
    devices: Option<Vec<SessionRow>>,
}
row!(SignInRow, version 1);

#[derive(Encode, Decode)]
struct SessionRow {
    #[cbor(n(0), with = "minicbor::bytes")]
    hash: [u8; 32],
}

#[derive(Encode, Decode)]
struct DoorRow {
    #[cbor(n(0), with = "minicbor::bytes")]
    secret: [u8; 24],
    #[n(1)]
    departures: u32,
}
row!(DoorRow, version 1);

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

pub(super) fn sign_in(tx: &Read, family: FamilyId, id: LearnerId) -> Result<Option<SignIn>> {
    Ok(tx.get(&SIGN_INS, &(family, id))?.map(|row| SignIn {
        words: PasswordHash::stored(row.words),
        set_at: row.set_at,
        departures: row.departures,
        sessions: row.sessions.into_iter().map(|row| row.hash).collect(),
        devices: row.devices.unwrap_or_default().into_iter().map(|row| row.hash).collect(),
    }))
}

/// Who of a family has something to sign in with.
pub(super) fn sign_ins(tx: &Read, family: FamilyId) -> Result<Vec<LearnerId>> {
    tx.under(&SIGN_INS, &(family,)).map(|row| row.map(|((_, id), _)| id)).collect()
}

pub(super) fn put_sign_in(tx: &mut Write, family: FamilyId, id: LearnerId, sign_in: &SignIn) {
    let row = SignInRow {
        words: sign_in.words.as_str().to_owned(),
        set_at: sign_in.set_at,
        departures: sign_in.departures,
        sessions: sign_in.sessions.iter().map(|hash| SessionRow { hash: *hash }).collect(),
        devices: Some(sign_in.devices.iter().map(|hash| SessionRow { hash: *hash }).collect()),
    };
    tx.put(&SIGN_INS, &(family, id), &row);
}

pub(super) fn remove_sign_in(tx: &mut Write, family: FamilyId, id: LearnerId) {
    tx.remove(&SIGN_INS, &(family, id));
}

pub(super) fn door(tx: &Read, family: FamilyId) -> Result<Option<Door>> {
    Ok(tx.get(&DOORS, &(family,))?.map(|row| Door { secret: row.secret, departures: row.departures }))
}

pub(super) fn put_door(tx: &mut Write, family: FamilyId, door: &Door) {
    tx.put(&DOORS, &(family,), &DoorRow { secret: door.secret, departures: door.departures });
}
