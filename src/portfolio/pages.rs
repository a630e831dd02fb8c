//! Pages of portfolios: choose, look, keep.

use poem::{Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    entries::Kind,
    error::{Error, Result},
    http::{
        auth::Member,
        form::{Fields, complaints},
        frame::Page,
        messages::plain,
        see_other, words,
    },
    learners::{
        self, Area,
        view::{Choice as Word, Face},
    },
    types::{Date, PortfolioId, Scope},
};

use super::{
    Photos, RawChoice, all,
    assemble::{Gathered, gather},
    delete,
    document::{self, Purpose, file_name, learner_name},
    get, make,
};

/// The portfolios, and the form for another one.
#[handler]
pub fn list(member: Member) -> Result<Response> {
    let (from, to) = school_year(member.today());
    let page = page().filled(json!({ "from": from, "to": to }));
    show_list(&member, page, &Fields::default())
}

/// Makes a portfolio.
#[handler]
pub async fn add(member: Member, fields: Fields) -> Result<Response> {
    member.caller.must(Scope::PortfolioWrite)?;
    let made = async {
        let choice = raw(&fields).parse()?;
        let caller = member.caller.clone();
        member.app.db.write(move |tx| make(tx, &caller, choice)).await
    };
    match made.await {
        Ok(portfolio) => Ok(see_other(&format!("/portfolio/{}?notice=portfolio-made", portfolio.id))),
        Err(error) => {
            let complaints = complaints(error, |field| form_name(field).to_owned())?;
            show_list(&member, page().refused(&fields, &complaints), &fields)
        }
    }
}

/// One portfolio: what it holds, a preview, and the way to keep it.
#[handler]
pub async fn show(member: Member, Path(id): Path<String>) -> Result<Response> {
    let gathered = gathered(&member, &id).await?;
    let choice = &gathered.portfolio.choice;
    let photos: usize = match choice.photos {
        Photos::None => 0,
        _ => gathered.entries.iter().map(|entry| entry.attachments.len()).sum(),
    };
    let context = json!({
        "portfolio": {
            "id": id,
            "title": choice.title,
            "learner": gathered.learner.nickname,
            "period": words::period(choice.from, choice.to),
            "entries_label": words::count("count-entries", gathered.entries.len()),
            "photos_label": words::count("count-photos", photos),
            "size_label": null,
        },
        "document": format!("/portfolio/{id}/document"),
        "download": format!("/portfolio/{id}/download"),
        "file_name": file_name(&gathered),
        "nickname": gathered.learner.nickname,
    });
    Page::new("portfolio.html", "portfolio", choice.title.clone()).show(&member, context)
}

/// The document to look at.
#[handler]
pub async fn preview(member: Member, Path(id): Path<String>) -> Result<Response> {
    let gathered = gathered(&member, &id).await?;
    document::reply(&member.app, gathered, Purpose::Preview).await
}

/// The document to keep.
#[handler]
pub async fn download(member: Member, Path(id): Path<String>) -> Result<Response> {
    let gathered = gathered(&member, &id).await?;
    document::hand_out(&member.app, &member.caller, gathered).await
}

/// Deletes a portfolio.
#[handler]
pub async fn remove(member: Member, Path(id): Path<String>) -> Result<Response> {
    let (id, caller) = (portfolio_id(&id)?, member.caller.clone());
    member.app.db.write(move |tx| delete(tx, &caller, id)).await?;
    Ok(see_other("/portfolio?notice=portfolio-deleted"))
}

/// What a portfolio holds, read where it delays nobody.
async fn gathered(member: &Member, id: &str) -> Result<Gathered> {
    let (id, caller, db) = (portfolio_id(id)?, member.caller.clone(), member.app.db.clone());
    let work = move || {
        db.read(|tx| {
            let portfolio = get(tx, &caller, id)?;
            gather(tx, &caller, portfolio)
        })
    };
    member.app.documents.run(work).await?
}

fn portfolio_id(text: &str) -> Result<PortfolioId> {
    PortfolioId::parse(text).ok_or(Error::NotFound("portfolio"))
}

fn page() -> Page {
    Page::new("portfolios.html", "portfolio", plain("title-portfolios"))
}

fn show_list(member: &Member, page: Page, typed: &Fields) -> Result<Response> {
    let (portfolios, learners) =
        member.app.db.read(|tx| Ok((all(tx, &member.caller)?, learners::all(tx, &member.caller)?)))?;
    let today = member.today();
    let chosen = typed.get("learner");
    let faces = learners.iter().filter(|learner| !learner.archived || learner.id.to_string() == chosen);
    let listed: Vec<Value> = portfolios
        .iter()
        .map(|portfolio| {
            let choice = &portfolio.choice;
            json!({
                "id": portfolio.id,
                "title": choice.title,
                "learner": learner_name(&learners, choice.learner),
                "period": words::period(choice.from, choice.to),
                "made": words::short(portfolio.created_at.date_in(&member.described.zone)),
            })
        })
        .collect();
    let photos = typed.optional("photos").unwrap_or("small");
    let context = json!({
        "learners": faces.map(|learner| Face::new(learner, learner.id.to_string() == chosen)).collect::<Vec<_>>(),
        "portfolios": listed,
        "photos": Word::all("photos", &Photos::ALL, |word| word == photos),
        "kinds": Word::all("kind", &Kind::ALL, |word| typed.all("kind").any(|typed| typed == word)),
        "areas": Word::all("area", &Area::ALL, |word| typed.all("area").any(|typed| typed == word)),
        "presets": presets(today),
    });
    page.show(member, context)
}

/// September to August round a day.
fn school_year(today: Date) -> (Date, Date) {
    let year = today.civil().year() - i16::from(today.civil().month() < 9);
    let from = Date::from_civil(jiff::civil::date(year, 9, 1)).unwrap_or(Date::MIN);
    let to = Date::from_civil(jiff::civil::date(year + 1, 8, 31)).unwrap_or(Date::MAX);
    (from, to)
}

fn presets(today: Date) -> Vec<Value> {
    let this = school_year(today);
    let last = school_year(this.0.plus_days(-1));
    let three = (today.plus_days(-91), today);
    [("preset-this-year", this), ("preset-last-year", last), ("preset-this-term", three)]
        .into_iter()
        .map(|(key, (from, to))| json!({ "label": plain(key), "from": from, "to": to }))
        .collect()
}

fn raw(fields: &Fields) -> RawChoice {
    let owned = |name: &str| fields.optional(name).map(str::to_owned);
    RawChoice {
        title: fields.get("title").to_owned(),
        learner: fields.get("learner").to_owned(),
        from: fields.get("from").to_owned(),
        to: fields.get("to").to_owned(),
        photos: owned("photos"),
        starred: fields.ticked("starred"),
        kinds: fields.all("kind").map(str::to_owned).collect(),
        areas: fields.all("area").map(str::to_owned).collect(),
        introduction: owned("introduction"),
    }
}

/// What the form calls a field of the choice.
fn form_name(field: &str) -> &str {
    match field {
        "kinds" => "kind",
        "areas" => "area",
        other => other,
    }
}
