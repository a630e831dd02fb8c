//! `/admin/families`: how many families there are and how much room the photos of each take. No name of anybody and
//! nothing of a record: a family is known by its reference, which its adults read out from their own page.

use std::cmp::Reverse;

use poem::{Request, Response, handler, web::Path};
use serde_json::{Value, json};

use crate::{
    accounts::log::Operator,
    entries::space::{self, Level, Space},
    error::{Error, Invalid, Result},
    families::allowance::{self, Own},
    http::{
        auth::SignedIn,
        form::{Fields, complaints},
        frame::Page,
        messages::{plain, text},
        see_other,
    },
    store::Read,
    types::{Amount, FamilyId, reference},
};

/// How many families a page has.
const SHOWN: usize = 50;

/// A family as operators see it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Which.
    pub family: FamilyId,
    /// What its photos take, and may.
    pub space: Space,
    /// What an operator said of it.
    pub own: Option<Own>,
}

/// Every family, the largest first. `usual` is what the settings allow.
///
/// # Errors
/// `Internal` only.
pub fn seen(tx: &Read, usual: Option<Amount>) -> Result<Vec<Seen>> {
    let mut all =
        allowance::families(tx)?.into_iter().map(|family| one(tx, family, usual)).collect::<Result<Vec<_>>>()?;
    all.sort_by_key(|seen| (Reverse(seen.space.used), seen.family));
    Ok(all)
}

fn one(tx: &Read, family: FamilyId, usual: Option<Amount>) -> Result<Seen> {
    Ok(Seen { family, space: space::of(tx, family, usual)?, own: allowance::own(tx, family)? })
}

/// What was typed of a family: an amount, "none", or nothing, where the settings hold.
///
/// # Errors
/// `Invalid` on `allowance`.
pub fn parse(typed: &str) -> Result<Option<Own>, Invalid> {
    match typed.trim() {
        "" => Ok(None),
        none if none.eq_ignore_ascii_case("none") => Ok(Some(Own::Unbounded)),
        amount => amount.parse().map(|size| Some(Own::Of(size))).map_err(|_| Invalid::new("allowance", "error-size")),
    }
}

/// How many there are, and how large.
#[handler]
pub fn list(person: SignedIn, request: &Request) -> Result<Response> {
    person.open(request)?;
    let usual = person.app.config.family_allowance;
    if let Some(typed) = person.params.optional("reference") {
        let found = person.app.db.read(|tx| allowance::find(tx, typed));
        return match found {
            Ok(family) => Ok(see_other(&format!("/admin/families/{family}"))),
            Err(Error::NotFound(_)) => {
                let unknown = [("reference".to_owned(), plain("error-reference"))];
                show(&person, page().refused(&person.params, &unknown), usual)
            }
            Err(error) => Err(error),
        };
    }
    show(&person, page(), usual)
}

fn page() -> Page {
    Page::new("admin_families.html", "admin", plain("title-admin-families"))
}

fn show(person: &SignedIn, page: Page, usual: Option<Amount>) -> Result<Response> {
    let all = person.app.db.read(|tx| seen(tx, usual))?;
    let from = person.params.optional("from").and_then(|from| from.parse().ok()).unwrap_or(0_usize);
    let taken = Amount(all.iter().map(|seen| seen.space.used.0).sum());
    let full = all.iter().filter(|seen| seen.space.level() == Level::Full).count();
    let bounded = all.iter().any(|seen| seen.space.allowance.is_some());
    let next = from.saturating_add(SHOWN);
    let context = json!({
        "families": all.iter().skip(from).take(SHOWN).map(row).collect::<Vec<_>>(),
        "summary": text("families-summary", &[
            ("count", i64::try_from(all.len()).unwrap_or(i64::MAX).into()), ("size", taken.to_string().into()),
        ]),
        "full": full,
        "usual": usual.map(|usual| usual.to_string()),
        "unbounded": !bounded && all.len() > 1,
        "next": (next < all.len()).then_some(next),
        "later": from > 0,
    });
    page.show_visitor(person, context)
}

fn row(seen: &Seen) -> Value {
    let Seen { family, space, own } = *seen;
    json!({
        "id": family,
        "reference": reference(&family),
        "used": space.used.to_string(),
        "max": space.allowance.map(|max| max.to_string()),
        "percent": space.percent(),
        "own": own.is_some(),
        "level": space.level().as_str(),
    })
}

/// One family, and the form of its allowance.
#[handler]
pub fn show_one(person: SignedIn, request: &Request, Path(id): Path<String>) -> Result<Response> {
    person.open(request)?;
    show_family(&person, family_page(), family_id(&id)?)
}

/// Allows a family so much.
#[handler]
pub async fn allow(person: SignedIn, request: &Request, Path(id): Path<String>, fields: Fields) -> Result<Response> {
    person.open(request)?;
    let (family, by) = (family_id(&id)?, Operator::Account(person.account));
    let allowed = async {
        let own = parse(fields.get("allowance"))?;
        person.app.db.write(move |tx| allowance::set(tx, by, family, own)).await
    };
    match allowed.await {
        Ok(()) => Ok(see_other("/admin/families?notice=allowance-saved")),
        Err(error) => {
            let complaints = complaints(error, str::to_owned)?;
            show_family(&person, family_page().refused(&fields, &complaints), family)
        }
    }
}

fn family_page() -> Page {
    Page::new("admin_family.html", "admin", plain("title-admin-family"))
}

fn show_family(person: &SignedIn, page: Page, family: FamilyId) -> Result<Response> {
    let usual = person.app.config.family_allowance;
    let seen = person.app.db.read(|tx| {
        crate::families::get(tx, family)?;
        one(tx, family, usual)
    })?;
    let said = match seen.own {
        Some(Own::Of(size)) => size.exact(),
        Some(Own::Unbounded) => "none".to_owned(),
        None => String::new(),
    };
    page.show_visitor(person, json!({ "one": row(&seen), "said": said, "usual": usual.map(Amount::exact) }))
}

fn family_id(text: &str) -> Result<FamilyId> {
    FamilyId::parse(text).ok_or(Error::NotFound("family"))
}
