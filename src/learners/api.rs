//! Learners and subjects as JSON.

use poem_openapi::{ApiResponse, Object, OpenApi, param::Path, payload::Json};
use serde::Deserialize;

use crate::{
    app::App,
    error::{Error, Result},
    http::{
        body::Body,
        rights::{LearnersWrite, RecordsRead, With},
        tags::Tag,
    },
    types::{LearnerId, SubjectId},
};

use super::{Draft, subject};

/// The operations.
pub struct Api {
    /// The instance.
    pub app: App,
}

/// A child of the family.
#[derive(Object)]
struct Learner {
    /// UUID.
    id: String,
    /// 1 to 40 characters; the only name that HEC knows.
    nickname: String,
    /// moss, sky, clay, plum, sun, rose, slate or teal.
    colour: String,
    /// Left out of choices; the entries stay.
    archived: bool,
}

/// A learner to add or to replace.
#[derive(Object, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
struct LearnerDraft {
    /// 1 to 40 characters, not used by another learner of the family.
    #[oai(validator(min_length = 1, max_length = 40))]
    nickname: String,
    /// One of the eight; the next free one where it is left out.
    #[serde(default)]
    colour: Option<String>,
    /// False where it is left out.
    #[oai(default)]
    #[serde(default)]
    archived: bool,
}

/// What the family calls a field of learning.
#[derive(Object)]
struct Subject {
    /// UUID.
    id: String,
    /// 1 to 60 characters.
    name: String,
    /// literacy, numeracy, science, humanities, arts, physical, life_skills or socialisation.
    area: String,
    /// Left out of choices; entries keep it.
    archived: bool,
}

/// A subject to add or to replace.
#[derive(Object, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
struct SubjectDraft {
    /// 1 to 60 characters, not used by another subject of the family.
    #[oai(validator(min_length = 1, max_length = 60))]
    name: String,
    /// One of the eight areas.
    area: String,
    /// False where it is left out.
    #[oai(default)]
    #[serde(default)]
    archived: bool,
}

/// Every learner of the family: there is one page only.
#[derive(Object)]
struct LearnerList {
    items: Vec<Learner>,
    /// Always `null`.
    next: Option<String>,
}

/// Every subject of the family: there is one page only.
#[derive(Object)]
struct SubjectList {
    items: Vec<Subject>,
    /// Always `null`.
    next: Option<String>,
}

#[derive(ApiResponse)]
enum LearnerAdded {
    /// The learner was added.
    #[oai(status = 201)]
    Created(Json<Learner>),
}

#[derive(ApiResponse)]
enum SubjectAdded {
    /// The subject was added.
    #[oai(status = 201)]
    Created(Json<Subject>),
}

#[OpenApi(prefix_path = "/api/v1")]
impl Api {
    /// Every learner of the family, in the order in which they were added.
    #[oai(path = "/learners", method = "get", tag = "Tag::Learners", operation_id = "list_learners")]
    async fn list_learners(&self, caller: With<RecordsRead>) -> Result<Json<LearnerList>> {
        let all = self.app.db.read(|tx| super::all(tx, &caller))?;
        Ok(Json(LearnerList { items: all.into_iter().map(Learner::from).collect(), next: None }))
    }

    /// Add a learner.
    #[oai(path = "/learners", method = "post", tag = "Tag::Learners", operation_id = "add_learner")]
    async fn add_learner(&self, caller: With<LearnersWrite>, draft: Body<LearnerDraft>) -> Result<LearnerAdded> {
        let draft = draft.0.parse()?;
        let learner = self.app.db.write(move |tx| super::add(tx, &caller, draft)).await?;
        Ok(LearnerAdded::Created(Json(learner.into())))
    }

    /// One learner.
    #[oai(path = "/learners/:id", method = "get", tag = "Tag::Learners", operation_id = "get_learner")]
    async fn get_learner(&self, caller: With<RecordsRead>, id: Path<String>) -> Result<Json<Learner>> {
        let id = learner_id(&id)?;
        Ok(Json(self.app.db.read(|tx| super::get(tx, &caller, id))?.into()))
    }

    /// Replace a learner: nickname, colour, archived or not.
    #[oai(path = "/learners/:id", method = "put", tag = "Tag::Learners", operation_id = "replace_learner")]
    async fn replace_learner(
        &self,
        caller: With<LearnersWrite>,
        id: Path<String>,
        draft: Body<LearnerDraft>,
    ) -> Result<Json<Learner>> {
        let id = learner_id(&id)?;
        let draft = draft.0.parse()?;
        Ok(Json(self.app.db.write(move |tx| super::change(tx, &caller, id, draft)).await?.into()))
    }

    /// Every subject of the family, by area and name.
    #[oai(path = "/subjects", method = "get", tag = "Tag::Learners", operation_id = "list_subjects")]
    async fn list_subjects(&self, caller: With<RecordsRead>) -> Result<Json<SubjectList>> {
        let all = self.app.db.read(|tx| subject::all(tx, &caller))?;
        Ok(Json(SubjectList { items: all.into_iter().map(Subject::from).collect(), next: None }))
    }

    /// Add a subject.
    #[oai(path = "/subjects", method = "post", tag = "Tag::Learners", operation_id = "add_subject")]
    async fn add_subject(&self, caller: With<LearnersWrite>, draft: Body<SubjectDraft>) -> Result<SubjectAdded> {
        let draft = draft.0.parse()?;
        let subject = self.app.db.write(move |tx| subject::add(tx, &caller, draft)).await?;
        Ok(SubjectAdded::Created(Json(subject.into())))
    }

    /// One subject.
    #[oai(path = "/subjects/:id", method = "get", tag = "Tag::Learners", operation_id = "get_subject")]
    async fn get_subject(&self, caller: With<RecordsRead>, id: Path<String>) -> Result<Json<Subject>> {
        let id = subject_id(&id)?;
        Ok(Json(self.app.db.read(|tx| subject::get(tx, &caller, id))?.into()))
    }

    /// Replace a subject: name, area, archived or not.
    #[oai(path = "/subjects/:id", method = "put", tag = "Tag::Learners", operation_id = "replace_subject")]
    async fn replace_subject(
        &self,
        caller: With<LearnersWrite>,
        id: Path<String>,
        draft: Body<SubjectDraft>,
    ) -> Result<Json<Subject>> {
        let id = subject_id(&id)?;
        let draft = draft.0.parse()?;
        Ok(Json(self.app.db.write(move |tx| subject::change(tx, &caller, id, draft)).await?.into()))
    }
}

fn learner_id(text: &str) -> Result<LearnerId> {
    LearnerId::parse(text).ok_or(Error::NotFound("learner"))
}

fn subject_id(text: &str) -> Result<SubjectId> {
    SubjectId::parse(text).ok_or(Error::NotFound("subject"))
}

impl LearnerDraft {
    fn parse(self) -> Result<Draft> {
        Draft::parse(&self.nickname, self.colour.as_deref(), Some(self.archived))
    }
}

impl SubjectDraft {
    fn parse(self) -> Result<subject::Draft> {
        subject::Draft::parse(&self.name, &self.area, Some(self.archived))
    }
}

impl From<super::Learner> for Learner {
    fn from(learner: super::Learner) -> Self {
        Self {
            id: learner.id.to_string(),
            nickname: learner.nickname,
            colour: learner.colour.as_str().to_owned(),
            archived: learner.archived,
        }
    }
}

impl From<super::Subject> for Subject {
    fn from(subject: super::Subject) -> Self {
        Self {
            id: subject.id.to_string(),
            name: subject.name,
            area: subject.area.as_str().to_owned(),
            archived: subject.archived,
        }
    }
}
