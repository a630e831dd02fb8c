//! Rows of portfolios. Every key begins with the family.

use minicbor::{Decode, Encode};

use crate::{
    entries::Kind,
    error::Result,
    learners::Area,
    row,
    store::{Read, Table, Write},
    types::{Date, FamilyId, LearnerId, PortfolioId, Timestamp},
};

use super::{Choice, Photos, Portfolio};

const PORTFOLIOS: Table<(FamilyId, PortfolioId), PortfolioRow> = Table::new("portfolios");

#[derive(Encode, Decode)]
struct PortfolioRow {
    #[n(0)]
    title: String,
    #[n(1)]
    learner: LearnerId,
    #[n(2)]
    from: Date,
    #[n(3)]
    to: Date,
    #[n(4)]
    photos: Photos,
    #[n(5)]
    starred: bool,
    #[n(6)]
    kinds: Vec<Kind>,
    #[n(7)]
    areas: Vec<Area>,
    #[n(8)]
    introduction: Option<String>,
    #[n(9)]
    created_at: Timestamp,
}
row!(PortfolioRow, version 1);

impl PortfolioRow {
    fn into_portfolio(self, id: PortfolioId) -> Portfolio {
        let choice = Choice {
            title: self.title,
            learner: self.learner,
            from: self.from,
            to: self.to,
            photos: self.photos,
            starred: self.starred,
            kinds: self.kinds,
            areas: self.areas,
            introduction: self.introduction,
        };
        Portfolio { id, choice, created_at: self.created_at }
    }
}

pub(super) fn put(tx: &mut Write, family: FamilyId, portfolio: &Portfolio) {
    let choice = portfolio.choice.clone();
    let row = PortfolioRow {
        title: choice.title,
        learner: choice.learner,
        from: choice.from,
        to: choice.to,
        photos: choice.photos,
        starred: choice.starred,
        kinds: choice.kinds,
        areas: choice.areas,
        introduction: choice.introduction,
        created_at: portfolio.created_at,
    };
    tx.put(&PORTFOLIOS, &(family, portfolio.id), &row);
}

pub(super) fn get(tx: &Read, family: FamilyId, id: PortfolioId) -> Result<Option<Portfolio>> {
    Ok(tx.get(&PORTFOLIOS, &(family, id))?.map(|row| row.into_portfolio(id)))
}

pub(super) fn all(tx: &Read, family: FamilyId) -> Result<Vec<Portfolio>> {
    tx.under(&PORTFOLIOS, &(family,)).map(|row| row.map(|((_, id), row)| row.into_portfolio(id))).collect()
}

pub(super) fn count(tx: &Read, family: FamilyId) -> Result<usize> {
    Ok(all(tx, family)?.len())
}

pub(super) fn remove(tx: &mut Write, family: FamilyId, id: PortfolioId) {
    tx.remove(&PORTFOLIOS, &(family, id));
}
