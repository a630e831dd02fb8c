//! Puts the pieces of a script on days: weekly groups, projects, seasons, quiet weeks.

use std::collections::{HashMap, HashSet};

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::super::pictures::Dice;
use super::script::{Piece, Script};
use super::{EntrySpec, Family};

/// About so many entries a year.
const A_YEAR: usize = 150;

/// Hands out indices in any order; none comes again before about half of the others.
struct Deck {
    waiting: Vec<usize>,
}

impl Deck {
    fn new(size: usize) -> Self {
        Self { waiting: (0..size).collect() }
    }

    fn draw(&mut self, dice: &mut Dice) -> Option<usize> {
        let at = below(dice, self.waiting.len().div_ceil(2))?;
        let drawn = self.waiting.remove(at);
        self.waiting.push(drawn);
        Some(drawn)
    }
}

fn below(dice: &mut Dice, bound: usize) -> Option<usize> {
    let bound = u64::try_from(bound).ok().filter(|b| *b > 0)?;
    usize::try_from(dice.next() % bound).ok()
}

fn chance(dice: &mut Dice, part: f32) -> bool {
    dice.unit() < part
}

/// The text with each `{this|or that}` decided by the dice.
pub(super) fn spin(text: &str, dice: &mut Dice) -> String {
    decide(text, |choices| below(dice, choices).unwrap_or(0))
}

/// The text with each `{this|or that}` decided: `choose` is told among how many.
fn decide(text: &str, mut choose: impl FnMut(usize) -> usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('{') {
        out.push_str(before);
        let (choices, after) = inside.split_once('}').unwrap_or((inside, ""));
        let choices: Vec<&str> = choices.split('|').collect();
        out.push_str(choices.get(choose(choices.len())).unwrap_or(&""));
        rest = after;
    }
    out.push_str(rest);
    out
}

struct Diary {
    dice: Dice,
    from: Date,
    until: Date,
    years: u8,
    quiet: HashSet<(i16, i8)>,
    on_day: HashMap<Date, u8>,
    seen: HashSet<String>,
    entries: Vec<EntrySpec>,
}

/// Writes the record of a family; see [`super::entries`].
pub(super) fn write(family: &Family, script: &Script, until: Date, years: u8, seed: u64) -> Option<Vec<EntrySpec>> {
    let from = years_before(until, years)?;
    let mut dice = Dice::new(seed ^ family.name.bytes().fold(7, |h, b| h * 31 + u64::from(b)));
    let mut quiet = HashSet::new();
    for _ in 0..u32::from(years) * 5 {
        let day = i64::from(from.until(until).ok()?.get_days());
        let days = i64::try_from(dice.next() % u64::try_from(day.max(1)).ok()?).ok()?;
        quiet.insert(week(from.checked_add(days.days()).ok()?));
    }
    let mut diary =
        Diary { dice, from, until, years, quiet, on_day: HashMap::new(), seen: HashSet::new(), entries: Vec::new() };
    diary.projects(script);
    diary.pieces(script);
    diary.books(script);
    diary.groups(script);
    diary.everyday(script, A_YEAR * usize::from(years));
    diary.plans(script);
    diary.entries.sort_by_key(|entry| entry.date);
    Some(diary.entries)
}

/// The day after the one so many years before.
fn years_before(day: Date, years: u8) -> Option<Date> {
    let back = day.checked_sub(i32::from(years).years()).ok()?;
    back.tomorrow().ok()
}

fn week(day: Date) -> (i16, i8) {
    let iso = day.iso_week_date();
    (iso.year(), iso.week())
}

/// The weeks in which groups do not meet.
fn holidays(day: Date) -> bool {
    matches!(
        (day.month(), day.day()),
        (12, 17..) | (1, ..=6) | (2, 15..=21) | (4, ..=14) | (5, 25..) | (7, 22..) | (8, _) | (9, ..=3) | (10, 25..)
    )
}

fn in_season(months: Option<(i8, i8)>, month: i8) -> bool {
    months.is_none_or(|(from, to)| if from <= to { (from..=to).contains(&month) } else { month >= from || month <= to })
}

impl Diary {
    /// The first and last day of a script's first or second year: the last two of the record.
    fn window(&self, year: Option<u8>) -> Option<(Date, Date)> {
        let Some(year) = year else {
            return Some((self.from, self.until));
        };
        let back = 3u8.checked_sub(year)?;
        if back > self.years {
            return None;
        }
        let last = years_before(self.until, back - 1)?.yesterday().ok()?;
        Some((years_before(self.until, back)?, last))
    }

    /// A day that suits a piece, with little else on it.
    fn day(&mut self, year: Option<u8>, months: Option<(i8, i8)>) -> Option<Date> {
        let (first, last) = self.window(year)?;
        let days = usize::try_from(first.until(last).ok()?.get_days()).ok()? + 1;
        let mut spare = None;
        for _ in 0..400 {
            let ahead = i64::try_from(below(&mut self.dice, days)?).ok()?;
            let day = first.checked_add(ahead.days()).ok()?;
            let feast = matches!((day.month(), day.day()), (12, 24..=26) | (1, 1));
            if feast || !in_season(months, day.month()) {
                continue;
            }
            let busy = self.on_day.get(&day).copied().unwrap_or(0);
            let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
            let quiet = self.quiet.contains(&week(day));
            if busy == 0 && !quiet && (!weekend || chance(&mut self.dice, 0.4)) {
                return Some(day);
            }
            if busy < 2 {
                spare = Some(day);
            }
        }
        spare
    }

    fn minutes(&mut self, minutes: Option<u32>, part: f32) -> Option<u32> {
        let minutes = minutes.filter(|_| chance(&mut self.dice, part))?;
        let step = u32::try_from(self.dice.next() % 5).ok()? * 5;
        Some((minutes + step).saturating_sub(10).max(5))
    }

    /// Adds a piece on a day with this text, unless the same text stands in the record already.
    fn put(&mut self, day: Date, piece: &Piece, text: String) -> bool {
        if day > self.until && piece.state != "planned" || !self.seen.insert(text.clone()) {
            return false;
        }
        *self.on_day.entry(day).or_default() += 1;
        let spoken = piece.voices.iter();
        let minutes = if piece.state == "done" { self.minutes(piece.minutes, 0.7) } else { None };
        self.entries.push(EntrySpec {
            date: (day.year(), day.month(), day.day()),
            learners: piece.learners.clone(),
            title: piece.title.map(str::to_owned),
            text,
            subjects: piece.subjects.clone(),
            kind: piece.kind,
            minutes,
            place: piece.place.map(str::to_owned),
            resources: piece.resources.iter().map(|r| (*r).to_owned()).collect(),
            voices: spoken.map(|(who, words, felt)| (*who, (*words).to_owned(), *felt)).collect(),
            starred: piece.starred,
            private: piece.private,
            state: piece.state,
            pictures: piece.pictures.clone(),
        });
        true
    }

    fn projects(&mut self, script: &Script) {
        for run in &script.runs {
            let Some(mut day) = self.day(Some(run.year), Some((run.month, run.month))) else {
                continue;
            };
            for piece in &run.pieces {
                self.put(day, piece, piece.text.clone());
                let jitter = if run.gap > 3 { i64::try_from(self.dice.next() % 3).unwrap_or(0) - 1 } else { 0 };
                day = day.saturating_add((run.gap + jitter).days());
            }
        }
    }

    fn pieces(&mut self, script: &Script) {
        for piece in &script.once {
            let day = if piece.state == "draft" {
                let back = i64::try_from(self.dice.next() % 18).unwrap_or(0);
                self.until.checked_sub(back.days()).ok()
            } else {
                self.day(piece.year, piece.months)
            };
            if let Some(day) = day {
                self.put(day, piece, piece.text.clone());
            }
        }
    }

    fn books(&mut self, script: &Script) {
        let Ok(all) = self.from.until(self.until) else {
            return;
        };
        let slot = i64::from(all.get_days()) / i64::try_from(script.books.len().max(1)).unwrap_or(1);
        let mut begin = self.from;
        for book in &script.books {
            let late = self.dice.span(2.0, 12.0) as i64;
            let long = self.dice.span(11.0, 30.0) as i64;
            let start = begin.saturating_add(late.days());
            let mut piece = Piece {
                learners: book.learners.clone(),
                kind: "reading",
                subjects: vec!["Reading"],
                minutes: Some(30),
                state: "done",
                ..Piece::default()
            };
            let title = format!("{} ({})", book.title, book.author);
            for (day, text, last) in [(start, book.start, false), (start.saturating_add(long.days()), book.end, true)] {
                if last {
                    piece.voices.extend(book.voice);
                    piece.subjects.push("English");
                }
                if self.put(day, &piece, text.to_owned())
                    && let Some(entry) = self.entries.last_mut()
                {
                    entry.resources.push(title.clone());
                }
            }
            begin = begin.saturating_add(slot.days());
        }
    }

    fn groups(&mut self, script: &Script) {
        for group in &script.weekly {
            let mut happenings = Deck::new(group.happenings.len());
            let mut tails = Deck::new(group.tails.len());
            let mut voices = group.base.voices.iter().copied();
            let mut day = self.from;
            while day.weekday() != group.weekday {
                day = day.saturating_add(1.day());
            }
            while day <= self.until {
                let here = day;
                day = day.saturating_add(7.days());
                let away = group.pauses && holidays(here) || self.quiet.contains(&week(here));
                if away || !chance(&mut self.dice, 0.56) {
                    continue;
                }
                let drawn = (0..4).find_map(|_| {
                    let happening = group.happenings.get(happenings.draw(&mut self.dice)?)?;
                    in_season(happening.months, here.month()).then_some(happening)
                });
                let Some(happening) = drawn else {
                    continue;
                };
                let mut text = happening.text.to_owned();
                if chance(&mut self.dice, 0.5)
                    && let Some(tail) = tails.draw(&mut self.dice).and_then(|at| group.tails.get(at))
                {
                    text.push(' ');
                    text.push_str(tail);
                }
                let mut piece = group.base.clone();
                piece.voices.clear();
                if chance(&mut self.dice, 0.2) {
                    piece.voices.extend(voices.next());
                }
                if !chance(&mut self.dice, 0.4) {
                    piece.pictures.clear();
                }
                if !happening.pictures.is_empty() {
                    piece.pictures.clone_from(&happening.pictures);
                }
                piece.starred = chance(&mut self.dice, 0.03);
                self.put(here, &piece, text);
            }
        }
    }

    /// Fills up with ordinary days. A piece that comes again does so weeks later and with its other
    /// choices.
    fn everyday(&mut self, script: &Script, wanted: usize) {
        let mut deck = Deck::new(script.daily.len());
        let mut uses: Vec<Vec<Date>> = vec![Vec::new(); script.daily.len()];
        for _ in 0..wanted * 3 {
            if self.entries.len() >= wanted {
                break;
            }
            let Some(at) = deck.draw(&mut self.dice) else {
                break;
            };
            let (Some(piece), Some(before)) = (script.daily.get(at), uses.get_mut(at)) else {
                break;
            };
            let Some(day) = self.day(piece.year, piece.months) else {
                continue;
            };
            let near = |other: &Date| day.since(*other).is_ok_and(|s| s.get_days().abs() < 40);
            if before.iter().any(near) {
                continue;
            }
            let mut piece = piece.clone();
            if !chance(&mut self.dice, 0.4) {
                piece.voices.clear();
            }
            if !chance(&mut self.dice, 0.4) {
                piece.resources.clear();
            }
            let more = piece.pictures.len();
            if more > 1 && chance(&mut self.dice, 0.5) {
                piece.pictures.truncate(more - 1);
            }
            let (used, mut slot) = (before.len(), at);
            let text = decide(&piece.text, |choices| {
                slot = slot * 5 + 3;
                (slot + used) % choices
            });
            if self.put(day, &piece, text)
                && let Some(days) = uses.get_mut(at)
            {
                days.push(day);
            }
        }
    }

    fn plans(&mut self, script: &Script) {
        for (ahead, piece) in (1i64..).step_by(2).zip(&script.planned) {
            let mut day = self.until.saturating_add(ahead.min(7).days());
            if let Some(weekday) = piece.weekday {
                day = self.until.saturating_add(1.day());
                while day.weekday() != weekday {
                    day = day.saturating_add(1.day());
                }
            }
            self.put(day, piece, piece.text.clone());
        }
    }
}
