//! The families of the demo and what they write: made up, all of them.
//!
//! Each family's own words stand in a script beside this file (`script` reads it), and `diary` puts
//! them on days. The same seed gives the same record.

mod bulk;
mod diary;
mod script;

use jiff::civil::Date;

use super::pictures::Picture;

pub use bulk::bulk_entry;

/// Somebody who signs in.
#[derive(Clone, Copy, Debug)]
pub struct Adult {
    /// The name that the family sees.
    pub name: &'static str,
    /// An address in a domain that delivers nothing.
    pub email: &'static str,
}

/// A child of a made-up family.
#[derive(Clone, Copy, Debug)]
pub struct LearnerSpec {
    /// What the record calls them: at least five letters, and no word of the language.
    pub nickname: &'static str,
    /// One of the colours that a learner can have.
    pub colour: &'static str,
}

/// A made-up family.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// What the family calls itself.
    pub name: &'static str,
    /// Who opened the account.
    pub adult: Adult,
    /// Other carers.
    pub others: &'static [Adult],
    /// The children, eldest first.
    pub learners: &'static [LearnerSpec],
    /// How they go about it, in their own words: a sentence or two.
    pub approach: &'static str,
    words: &'static str,
}

/// The families of the demo.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "Penrose",
        adult: Adult { name: "Morwenna Penrose", email: "morwenna@example.org" },
        others: &[Adult { name: "Dan Penrose", email: "dan@example.org" }],
        learners: &[
            LearnerSpec { nickname: "Tamsin", colour: "teal" },
            LearnerSpec { nickname: "Bertie", colour: "clay" },
            LearnerSpec { nickname: "Maisie", colour: "sun" },
        ],
        approach: "We follow what the children ask about, mostly out of doors, and keep good books, \
                   good tools and good company within reach.",
        words: include_str!("words/penrose.txt"),
    },
    Family {
        name: "Rees",
        adult: Adult { name: "Nia Rees", email: "nia@example.org" },
        others: &[Adult { name: "Emeka Rees", email: "emeka@example.org" }],
        learners: &[
            LearnerSpec { nickname: "Osian", colour: "sky" },
            LearnerSpec { nickname: "Cerys", colour: "plum" },
        ],
        approach: "Reading, maths and Welsh in the mornings, a topic for six weeks or so in the \
                   afternoons, and a co-op with other families on Fridays.",
        words: include_str!("words/rees.txt"),
    },
    Family {
        name: "Marsden",
        adult: Adult { name: "Helen Marsden", email: "helen@example.org" },
        others: &[Adult { name: "Graham Marsden", email: "graham@example.org" }],
        learners: &[LearnerSpec { nickname: "Fergus", colour: "slate" }],
        approach: "Long projects that start from what Fergus loves, one small group at a time, and \
                   days with as little asked of him as the day needs.",
        words: include_str!("words/marsden.txt"),
    },
];

/// One entry as a family writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntrySpec {
    /// Year, month and day.
    pub date: (i16, i8, i8),
    /// Whom it is about, by their place in the family; empty where it is about all of family life.
    pub learners: Vec<usize>,
    /// The title, if it has one.
    pub title: Option<String>,
    /// What happened, in Markdown.
    pub text: String,
    /// Names of the starter set of subjects.
    pub subjects: Vec<&'static str>,
    /// activity, reading, outing, group, project, milestone or note.
    pub kind: &'static str,
    /// How long it took.
    pub minutes: Option<u32>,
    /// Where it was.
    pub place: Option<String>,
    /// Books, sites and things that were used.
    pub resources: Vec<String>,
    /// Who said what about it, and how it felt: good, mixed or hard.
    pub voices: Vec<(usize, String, Option<&'static str>)>,
    /// Kept for the portfolio.
    pub starred: bool,
    /// For carers only.
    pub private: bool,
    /// done, planned or draft.
    pub state: &'static str,
    /// What its photos show.
    pub pictures: Vec<Picture>,
}

/// What the family wrote in so many years up to and with a day, oldest first, and what it plans for
/// the week after it. Empty where there is no such day.
#[must_use]
pub fn entries(family: &Family, until: (i16, i8, i8), years: u8, seed: u64) -> Vec<EntrySpec> {
    let script = script::read(family.words);
    Date::new(until.0, until.1, until.2)
        .ok()
        .and_then(|until| diary::write(family, &script, until, years, seed))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// The subjects that the texts name, with their areas.
    const SUBJECTS: &[(&str, &str)] = &[
        ("English", "literacy"),
        ("Reading", "literacy"),
        ("Maths", "numeracy"),
        ("Science", "science"),
        ("Nature study", "science"),
        ("Computing", "science"),
        ("History", "humanities"),
        ("Geography", "humanities"),
        ("Languages", "humanities"),
        ("Religion and beliefs", "humanities"),
        ("Art and craft", "arts"),
        ("Music", "arts"),
        ("Drama", "arts"),
        ("Sport and movement", "physical"),
        ("Swimming", "physical"),
        ("Cooking", "life_skills"),
        ("Life skills", "life_skills"),
        ("Clubs and friends", "socialisation"),
    ];

    const UNTIL: (i16, i8, i8) = (2026, 6, 17);
    const KINDS: [&str; 7] = ["activity", "reading", "outing", "group", "project", "milestone", "note"];
    const COLOURS: [&str; 8] = ["moss", "sky", "clay", "plum", "sun", "rose", "slate", "teal"];
    const AVOIDED: [&str; 16] = [
        "homeschool",
        "home school",
        "pupil",
        "student",
        "grade",
        "transcript",
        "timetable",
        "attendance",
        "compliance",
        "assessment",
        "lesson plan",
        "deschool",
        "curriculum",
        "classroom",
        "homework",
        "firework",
    ];

    fn everything() -> Vec<(&'static Family, EntrySpec)> {
        FAMILIES.iter().flat_map(|f| entries(f, UNTIL, 2, 5).into_iter().map(move |e| (f, e))).collect()
    }

    #[test]
    fn every_line_of_every_script_is_understood() {
        for family in FAMILIES {
            let script = script::read(family.words);
            assert_eq!(script.faults, Vec::<usize>::new(), "{}", family.name);
            assert!(script.books.len() > 8, "{}", script.books.len());
            assert!(script.daily.len() > 25, "{}", script.daily.len());
            assert!(script.once.len() > 25, "{}", script.once.len());
        }
    }

    #[test]
    fn the_same_seed_writes_the_same_record_and_another_seed_another() {
        for family in FAMILIES {
            let first = entries(family, UNTIL, 2, 5);
            assert_eq!(first, entries(family, UNTIL, 2, 5));
            assert_ne!(first, entries(family, UNTIL, 2, 6));
        }
    }

    #[test]
    fn a_family_writes_about_150_entries_a_year() {
        for family in FAMILIES {
            for seed in 0..8 {
                let count = entries(family, UNTIL, 2, seed).len();
                assert!((250..=350).contains(&count), "{} wrote {count}", family.name);
            }
            assert!(entries(family, UNTIL, 1, 1).len() > 100);
            assert_eq!(entries(family, (2026, 2, 31), 2, 1), Vec::new());
        }
    }

    #[test]
    fn no_avoided_word_is_written() {
        for (family, entry) in everything() {
            let voices = entry.voices.iter().map(|v| v.1.as_str());
            let all = voices
                .chain(entry.resources.iter().map(String::as_str))
                .chain([entry.text.as_str(), entry.title.as_deref().unwrap_or_default()])
                .collect::<Vec<_>>()
                .join(" ")
                .to_lowercase();
            for word in AVOIDED {
                assert!(!all.contains(word), "{}: {word} in {all}", family.name);
            }
            let labour = all.split(|c: char| !c.is_alphabetic()).find(|w| w.starts_with("work"));
            assert_eq!(labour, None, "{all}");
            assert!(!all.contains(['{', '}', '|']), "{all}");
        }
    }

    #[test]
    fn every_entry_is_about_the_familys_own_learners_and_subjects() {
        let subjects: HashSet<&str> = SUBJECTS.iter().map(|s| s.0).collect();
        for (family, entry) in everything() {
            let known = |who: usize| who < family.learners.len();
            assert!(entry.learners.iter().all(|l| known(*l)), "{entry:?}");
            assert!(entry.voices.iter().all(|v| entry.learners.contains(&v.0)), "{entry:?}");
            assert!(entry.subjects.iter().all(|s| subjects.contains(s)), "{entry:?}");
            assert!(KINDS.contains(&entry.kind), "{entry:?}");
            assert!(["done", "planned", "draft"].contains(&entry.state));
            assert!(entry.pictures.len() <= 4 && entry.minutes != Some(0));
            let named: Vec<usize> =
                (0..family.learners.len()).filter(|at| entry.text.contains(family.learners[*at].nickname)).collect();
            let about = named.iter().any(|at| entry.learners.contains(at));
            assert!(named.is_empty() || about || entry.learners.is_empty(), "{entry:?}");
        }
        for family in FAMILIES {
            for learner in family.learners {
                assert!(COLOURS.contains(&learner.colour) && learner.nickname.len() >= 5);
            }
        }
    }

    #[test]
    fn every_date_is_in_the_two_years_or_planned_for_the_week_after() {
        for (_, entry) in everything() {
            let day = entry.date;
            if entry.state == "planned" {
                assert!(day > UNTIL && day <= (2026, 6, 24), "{entry:?}");
            } else {
                assert!(day > (2024, 6, 17) && day <= UNTIL, "{entry:?}");
            }
        }
    }

    #[test]
    fn no_text_is_read_twice() {
        for family in FAMILIES {
            let mut texts = HashSet::new();
            for entry in entries(family, UNTIL, 2, 9) {
                assert!(texts.insert(entry.text.clone()), "{}", entry.text);
            }
        }
    }

    #[test]
    fn about_one_entry_in_four_has_pictures() {
        for family in FAMILIES {
            let all = entries(family, UNTIL, 2, 3);
            let shown = all.iter().filter(|e| !e.pictures.is_empty()).count();
            let part = shown * 100 / all.len();
            assert!((17..=33).contains(&part), "{}: {part} %", family.name);
        }
    }
}
