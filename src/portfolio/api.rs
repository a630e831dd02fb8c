//! Portfolios as JSON, and their documents.

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
    payload::Json,
};
use serde::Deserialize;

use crate::{
    app::App,
    entries::Kind,
    error::{Error, Result, check},
    http::{
        body::Body,
        files::DocumentReply,
        rights::{PortfolioRead, PortfolioWrite, With},
        tags::Tag,
    },
    learners::Area,
    types::PortfolioId,
};

use super::{RawChoice, all, assemble::gather, delete, document, get, make};

/// The operations.
pub struct Api {
    /// The instance.
    pub app: App,
}

/// What goes into a document.
#[derive(Object)]
struct Portfolio {
    /// UUID.
    id: String,
    title: String,
    /// Id of the learner.
    learner: String,
    /// The first day.
    from: String,
    /// The last day.
    to: String,
    /// none, small or large.
    photos: String,
    /// Only what was starred.
    starred: bool,
    /// Only these kinds; every kind where it is empty.
    kinds: Vec<String>,
    /// Only these areas; every area where it is empty.
    areas: Vec<String>,
    /// Markdown.
    introduction: Option<String>,
    /// RFC 3339, UTC.
    created_at: String,
}

/// A portfolio to make.
#[derive(Object, Deserialize)]
#[oai(deny_unknown_fields)]
#[serde(deny_unknown_fields)]
struct PortfolioDraft {
    /// 1 to 200 characters.
    title: String,
    /// Id of the learner.
    learner: String,
    /// The first day, `YYYY-MM-DD`.
    from: String,
    /// The last day, not before the first.
    to: String,
    /// none, small (400 pixels) or large (1,600); small where it is left out.
    #[serde(default)]
    photos: Option<String>,
    /// Only what was starred.
    #[oai(default)]
    #[serde(default)]
    starred: bool,
    /// Only these kinds; every kind where it is empty.
    #[oai(default)]
    #[serde(default)]
    kinds: Vec<String>,
    /// Only these areas; every area where it is empty.
    #[oai(default)]
    #[serde(default)]
    areas: Vec<String>,
    /// Markdown, at most 10,000 characters.
    #[serde(default)]
    introduction: Option<String>,
}

/// Every portfolio of the family, newest first: there is one page only.
#[derive(Object)]
struct PortfolioList {
    items: Vec<Portfolio>,
    /// Always `null`.
    next: Option<String>,
}

#[derive(ApiResponse)]
enum Made {
    /// The portfolio was made.
    #[oai(status = 201)]
    Created(Json<Portfolio>),
}

#[derive(ApiResponse)]
enum Gone {
    /// Done.
    #[oai(status = 204)]
    NoContent,
}

#[OpenApi(prefix_path = "/api/v1")]
impl Api {
    /// Every portfolio, newest first.
    #[oai(path = "/portfolios", method = "get", tag = "Tag::Portfolios", operation_id = "list_portfolios")]
    async fn list(&self, caller: With<PortfolioRead>) -> Result<Json<PortfolioList>> {
        let all = self.app.db.read(|tx| all(tx, &caller))?;
        Ok(Json(PortfolioList { items: all.into_iter().map(Portfolio::from).collect(), next: None }))
    }

    /// Make a portfolio. Its document is made anew from the journal each time it is asked for.
    #[oai(path = "/portfolios", method = "post", tag = "Tag::Portfolios", operation_id = "add_portfolio")]
    async fn add(&self, caller: With<PortfolioWrite>, draft: Body<PortfolioDraft>) -> Result<Made> {
        let choice = draft.0.raw().parse()?;
        let portfolio = self.app.db.write(move |tx| make(tx, &caller, choice)).await?;
        Ok(Made::Created(Json(portfolio.into())))
    }

    /// One portfolio.
    #[oai(path = "/portfolios/:id", method = "get", tag = "Tag::Portfolios", operation_id = "get_portfolio")]
    async fn get(&self, caller: With<PortfolioRead>, id: Path<String>) -> Result<Json<Portfolio>> {
        let id = portfolio_id(&id)?;
        Ok(Json(self.app.db.read(|tx| get(tx, &caller, id))?.into()))
    }

    /// Delete a portfolio. Entries, and files that were downloaded, stay.
    #[oai(path = "/portfolios/:id", method = "delete", tag = "Tag::Portfolios", operation_id = "delete_portfolio")]
    async fn delete(&self, caller: With<PortfolioWrite>, id: Path<String>) -> Result<Gone> {
        let id = portfolio_id(&id)?;
        self.app.db.write(move |tx| delete(tx, &caller, id)).await?;
        Ok(Gone::NoContent)
    }

    /// The document: one file with photos inside, in which the nickname can be changed offline. Never what is private.
    #[oai(
        path = "/portfolios/:id/document",
        method = "get",
        tag = "Tag::Portfolios",
        operation_id = "get_portfolio_document"
    )]
    async fn document(
        &self,
        caller: With<PortfolioRead>,
        id: Path<String>,
        /// html.
        format: Query<Option<String>>,
    ) -> Result<DocumentReply> {
        let id = portfolio_id(&id)?;
        check::one_of("format", format.0.as_deref().unwrap_or("html"), &[("html", ())])?;
        let caller = caller.into_caller();
        let (db, reader) = (self.app.db.clone(), caller.clone());
        let gathering = self.app.documents.run(move || {
            db.read(|tx| {
                let portfolio = get(tx, &reader, id)?;
                gather(tx, &reader, portfolio)
            })
        });
        let gathered = gathering.await??;
        Ok(DocumentReply(document::hand_out(&self.app, &caller, gathered).await?))
    }
}

fn portfolio_id(text: &str) -> Result<PortfolioId> {
    PortfolioId::parse(text).ok_or(Error::NotFound("portfolio"))
}

impl PortfolioDraft {
    fn raw(self) -> RawChoice {
        RawChoice {
            title: self.title,
            learner: self.learner,
            from: self.from,
            to: self.to,
            photos: self.photos,
            starred: self.starred,
            kinds: self.kinds,
            areas: self.areas,
            introduction: self.introduction,
        }
    }
}

impl From<super::Portfolio> for Portfolio {
    fn from(portfolio: super::Portfolio) -> Self {
        let choice = portfolio.choice;
        Self {
            id: portfolio.id.to_string(),
            title: choice.title,
            learner: choice.learner.to_string(),
            from: choice.from.to_string(),
            to: choice.to.to_string(),
            photos: choice.photos.as_str().to_owned(),
            starred: choice.starred,
            kinds: choice.kinds.into_iter().map(|kind| Kind::as_str(kind).to_owned()).collect(),
            areas: choice.areas.into_iter().map(|area| Area::as_str(area).to_owned()).collect(),
            introduction: choice.introduction,
            created_at: portfolio.created_at.to_string(),
        }
    }
}
