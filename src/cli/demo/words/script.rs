//! Reads a family's script: the pieces of text from which its record is put together.
//!
//! A section opens with `[once]`, `[run 1 9 7]` (year, month, days between its pieces),
//! `[weekly tue term]` (pausing in the holidays), `[books]`, `[daily]` or `[planned]`. A piece opens
//! with `= when | who | kind | subjects | minutes | place | flags | title`, where `-` is nothing;
//! `when` is a month or two, with `1:` or `2:` for the first or second year, or a weekday. Then its
//! text; `+` opens a resource, `>` somebody's words, `~` pictures. In a weekly section `*` opens
//! what happened (`* 9-11 | `: only in those months) and `&` how it ended. `{this|or that}` is chosen anew each time.

use jiff::civil::Weekday;

use super::super::pictures::{ALL, Picture};

/// Words of one learner: who, what, how it felt.
pub(super) type Voice = (usize, &'static str, Option<&'static str>);

#[derive(Clone, Debug, Default)]
pub(super) struct Piece {
    pub(super) year: Option<u8>,
    pub(super) months: Option<(i8, i8)>,
    pub(super) weekday: Option<Weekday>,
    pub(super) learners: Vec<usize>,
    pub(super) kind: &'static str,
    pub(super) subjects: Vec<&'static str>,
    pub(super) minutes: Option<u32>,
    pub(super) place: Option<&'static str>,
    pub(super) starred: bool,
    pub(super) private: bool,
    pub(super) state: &'static str,
    pub(super) title: Option<&'static str>,
    pub(super) text: String,
    pub(super) resources: Vec<&'static str>,
    pub(super) voices: Vec<Voice>,
    pub(super) pictures: Vec<Picture>,
}

#[derive(Debug)]
pub(super) struct Run {
    pub(super) year: u8,
    pub(super) month: i8,
    pub(super) gap: i64,
    pub(super) pieces: Vec<Piece>,
}

#[derive(Debug)]
pub(super) struct Happening {
    pub(super) months: Option<(i8, i8)>,
    pub(super) text: &'static str,
    pub(super) pictures: Vec<Picture>,
}

#[derive(Debug)]
pub(super) struct Weekly {
    pub(super) weekday: Weekday,
    pub(super) pauses: bool,
    pub(super) base: Piece,
    pub(super) happenings: Vec<Happening>,
    pub(super) tails: Vec<&'static str>,
}

#[derive(Debug)]
pub(super) struct Book {
    pub(super) title: &'static str,
    pub(super) author: &'static str,
    pub(super) learners: Vec<usize>,
    pub(super) start: &'static str,
    pub(super) end: &'static str,
    pub(super) voice: Option<Voice>,
}

#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) once: Vec<Piece>,
    pub(super) runs: Vec<Run>,
    pub(super) weekly: Vec<Weekly>,
    pub(super) books: Vec<Book>,
    pub(super) daily: Vec<Piece>,
    pub(super) planned: Vec<Piece>,
    /// Lines that could not be read; empty for every script that is shipped.
    pub(super) faults: Vec<usize>,
}

#[derive(Clone, Copy)]
enum Section {
    Once,
    Run,
    Weekly,
    Books,
    Daily,
    Planned,
}

/// Reads a script; what cannot be read is left out and its line noted.
pub(super) fn read(source: &'static str) -> Script {
    let mut script = Script::default();
    let mut section = None;
    for (number, line) in source.lines().enumerate() {
        if line.is_empty() {
            continue;
        }
        let understood = if let Some(head) = line.strip_prefix('[') {
            section = open(&mut script, head.trim_end_matches(']'));
            section.is_some()
        } else {
            section.is_some_and(|section| take(&mut script, section, line).is_some())
        };
        if !understood {
            script.faults.push(number + 1);
        }
    }
    script
}

fn open(script: &mut Script, head: &str) -> Option<Section> {
    let mut words = head.split(' ');
    Some(match words.next()? {
        "once" => Section::Once,
        "books" => Section::Books,
        "daily" => Section::Daily,
        "planned" => Section::Planned,
        "run" => {
            script.runs.push(Run {
                year: words.next()?.parse().ok()?,
                month: words.next()?.parse().ok()?,
                gap: words.next()?.parse().ok()?,
                pieces: Vec::new(),
            });
            Section::Run
        }
        "weekly" => {
            script.weekly.push(Weekly {
                weekday: weekday(words.next()?)?,
                pauses: words.next() == Some("term"),
                base: Piece::default(),
                happenings: Vec::new(),
                tails: Vec::new(),
            });
            Section::Weekly
        }
        _ => return None,
    })
}

fn take(script: &mut Script, section: Section, line: &'static str) -> Option<()> {
    if let Section::Books = section {
        script.books.push(book(line)?);
        return Some(());
    }
    if let (Section::Weekly, Some(group)) = (section, script.weekly.last_mut()) {
        if let Some(happening) = line.strip_prefix("* ") {
            let (text, shown) = happening.split_once(" ~ ").unwrap_or((happening, ""));
            let (when, text) = text.split_once(" | ").map_or((None, text), |(w, t)| (Some(w), t));
            group.happenings.push(Happening {
                months: match when {
                    Some(when) => Some(months(when)?),
                    None => None,
                },
                text,
                pictures: pictures(shown)?,
            });
            return Some(());
        }
        if let Some(tail) = line.strip_prefix("& ") {
            group.tails.push(tail);
            return Some(());
        }
        if let Some(head) = line.strip_prefix("= ") {
            group.base = piece(head)?;
            return Some(());
        }
        return part(&mut group.base, line);
    }
    let pieces = match section {
        Section::Daily => &mut script.daily,
        Section::Planned => &mut script.planned,
        Section::Run => &mut script.runs.last_mut()?.pieces,
        _ => &mut script.once,
    };
    if let Some(head) = line.strip_prefix("= ") {
        pieces.push(piece(head)?);
        return Some(());
    }
    part(pieces.last_mut()?, line)
}

fn part(piece: &mut Piece, line: &'static str) -> Option<()> {
    if let Some(resource) = line.strip_prefix("+ ") {
        piece.resources.push(resource);
    } else if let Some(words) = line.strip_prefix("> ") {
        piece.voices.push(voice(words)?);
    } else if let Some(shown) = line.strip_prefix("~ ") {
        piece.pictures = pictures(shown)?;
    } else {
        if !piece.text.is_empty() {
            piece.text.push('\n');
        }
        piece.text.push_str(line);
    }
    Some(())
}

fn piece(head: &'static str) -> Option<Piece> {
    let mut fields = head.splitn(8, " | ").map(|f| Some(f).filter(|f| *f != "-"));
    let mut piece = Piece { state: "done", ..Piece::default() };
    if let Some(when) = fields.next()? {
        let (year, season) = when.split_once(':').map_or((None, when), |(y, m)| (Some(y), m));
        piece.year = match year {
            Some(year) => Some(year.parse().ok()?),
            None => None,
        };
        if let Some(day) = weekday(season) {
            piece.weekday = Some(day);
        } else {
            piece.months = Some(months(season)?);
        }
    }
    piece.learners = learners(fields.next()?.unwrap_or_default())?;
    piece.kind = fields.next()??;
    piece.subjects = fields.next()?.map_or(Vec::new(), |s| s.split(", ").collect());
    piece.minutes = match fields.next()? {
        Some(minutes) => Some(minutes.parse().ok()?),
        None => None,
    };
    piece.place = fields.next()?;
    match fields.next()? {
        Some("*") => piece.starred = true,
        Some("private") => piece.private = true,
        Some(state @ ("planned" | "draft")) => piece.state = state,
        Some(_) => return None,
        None => {}
    }
    piece.title = fields.next()?;
    Some(piece)
}

fn months(season: &str) -> Option<(i8, i8)> {
    let (from, to) = season.split_once('-').unwrap_or((season, season));
    Some((from.parse().ok()?, to.parse().ok()?))
}

fn book(line: &'static str) -> Option<Book> {
    let fields: Vec<&'static str> = line.split(" | ").collect();
    let &[title, author, who, start, end, words] = fields.as_slice() else {
        return None;
    };
    Some(Book {
        title,
        author,
        learners: learners(who)?,
        start,
        end,
        voice: if words == "-" { None } else { Some(voice(words)?) },
    })
}

fn voice(line: &'static str) -> Option<Voice> {
    let (who, words) = line.split_once(": ")?;
    let (who, feeling) = who.split_once(' ').map_or((who, None), |(w, f)| (w, Some(f)));
    let who = *learners(who)?.first()?;
    feeling.is_none_or(|f| ["good", "mixed", "hard"].contains(&f)).then_some((who, words, feeling))
}

fn learners(letters: &str) -> Option<Vec<usize>> {
    letters.bytes().map(|b| usize::from(b).checked_sub(usize::from(b'a'))).collect()
}

fn pictures(names: &str) -> Option<Vec<Picture>> {
    names
        .split(", ")
        .filter(|name| !name.is_empty())
        .map(|name| ALL.iter().copied().find(|p| format!("{p:?}") == name))
        .collect()
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}
