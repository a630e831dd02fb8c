//! Entries in any number, for measuring: believable, varied, about 560 characters each.

use super::super::pictures::Dice;
use super::EntrySpec;
use super::diary::spin;

const KINDS: [(&str, &[&str]); 8] = [
    ("activity", &["Maths"]),
    ("activity", &["Science", "Nature study"]),
    ("reading", &["Reading", "English"]),
    ("outing", &["History", "Geography"]),
    ("group", &["Clubs and friends", "Sport and movement"]),
    ("project", &["Art and craft", "Computing"]),
    ("activity", &["Cooking", "Life skills"]),
    ("note", &["Music"]),
];

const TITLES: [&str; 8] = [
    "{Fractions|Angles|Measuring|Times tables} {at the table|in the garden|with cake}",
    "{Pond|Bird|Moss|Beetle|Cloud} {diary|watch|count|survey}",
    "{Chapter|Page|Poem} of the {day|week}",
    "{Castle|Museum|Mill|Abbey|Harbour} {visit|day|morning}",
    "{Forest group|Meet-up|Climbing|Swimming|Drama club}",
    "{Model|Film|Map|Puppet|Robot} {begun|again|nearly there|finished}",
    "{Soup|Bread|Jam|Curry|Pie} {day|for six|from scratch}",
    "{Fiddle|Ukulele|Choir|Drum} {practice|tune|evening}",
];

const SENTENCES: [&str; 36] = [
    "@ {measured|weighed|counted|sorted} {acorns|buttons|rainwater|marbles|potatoes} and {drew a chart|made a table|told us the average|wrote it up}.",
    "We went to the {canal|museum|beach|library|allotment|ruined abbey|quarry} with {two other families|the cousins|Grandad|a flask and no plan}.",
    "It rained {all morning|until noon|sideways}, so the {telescope|microscope|paint box|chess set|globe} came out.",
    "@ read {two chapters|half a book|a whole poem|nine pages} about {lighthouses|otters|the Vikings|a lost dog|volcanoes|an orchestra} {aloud|in the den|up the tree|to the cat}.",
    "Then came the question of the day: {how do eels find the sea|who decided how long a metre is|why is the moon sometimes out at breakfast|can plants hear}?",
    "We looked in {the encyclopaedia|three different books|the old atlas|a film from the archive} and found {more questions|two answers|a diagram worth copying}.",
    "@ {built|sewed|soldered|glued|planed} a {bridge|kite|bird box|lantern|catapult|raft} {out of driftwood|from scrap card|with hardly any help|for the third time}.",
    "The {group|club|co-op} {tried fencing|wrote a play|dug over the beds|had a quiz|played rounders}, and @ {looked after the new children|kept the score|led the warm-up}.",
    "In the afternoon there was {baking|clay|French|fiddle practice|long division|a walk to the weir}.",
    "A {heron|kingfisher|stoat|buzzard|slow-worm|hare} {crossed the path|sat quite still|took no notice of us}, which went straight into the notebook.",
    "@ wrote {a letter|a list|a label|the next page of the story} and {asked how to spell|looked up|crossed out} {Mediterranean|necessary|rhythm|parallel}.",
    "We cooked {lentil soup|flatbreads|apple crumble|dumplings|paella} and {doubled|halved} the recipe, so {three quarters|250 grams|a pint and a half} had to be {thought about|argued over}.",
    "There was a long talk about {fairness|rivers|money|bees|why people move house|the Tudors} {in the car|over the washing-up|at bedtime}.",
    "@ {swam two lengths|climbed the red route|rode to the bridge and back|learned to juggle|tied a bowline}.",
    "On the way home we {counted bridges in Welsh|sang rounds|guessed the height of the mast|collected leaves}.",
    "The {seedlings|tadpoles|beans|sourdough|silkworms} {have doubled|are doing well|needed moving|surprised us}.",
    "@ is keen to {try it again on Friday|show Granny|find out more|make a bigger one|write to somebody who knows}.",
    "We used {dominoes|Cuisenaire rods|an abacus|playing cards|a tape measure} and it made sense {at once|after lunch|in the end}.",
    "The map now shows {the old tramway|every post box|where the frogs are|six kinds of tree}.",
    "Somebody brought {a fossil|a fiddle|a ferret|a box of lenses|an old camera} and nobody wanted to go home.",
    "@ {drew|painted|carved|photographed} {the viaduct|a beetle|the harbour|our street|a self-portrait} and {pinned it up|started again|gave it away}.",
    "We timed {the tide|shadows|a pendulum|a snail|how long ice lasts} and the result was {not what we expected|nearly the same twice|a lovely curve}.",
    "The older ones {helped with|explained|invented} {the rules|knots|a secret alphabet|the fire pit}, the younger ones {listened|joined in|improved it}.",
    "There's {mud|glitter|flour|ink} on {the ceiling|everything|the dog|my good coat}.",
    "@ noticed that {six sevens are also seven sixes|the wind had gone round to the north|the same word is in both languages|the stone is warmer than the grass}.",
    "A {quiet|slow|busy|loud|sunny} day on the whole, with {a good middle|a grumpy start|one very good hour|plenty of toast}.",
    "We have put {a timeline|the planets|a family tree|the alphabet in runes} along the {stairs|hall|kitchen wall}.",
    "@ and a friend made up {a game|a dance|a language|a newspaper} and {taught it to us|performed it|kept it secret}.",
    "It linked up with {last week's museum|the Romans|our pond|the story of the canal}, which I had not seen coming.",
    "The librarian found us {a book of tides|an atlas of birds|a history of chairs|some maps from 1880}.",
    "@ had a hard {start|morning|ten minutes} with {handwriting|the noise|a knot|a lost shoe} and got through it with {a walk|a biscuit|some help|time}.",
    "We watched {swifts|the eclipse|a blacksmith|bell ringers|the lock keeper} until {it was dark|our feet were cold|they waved}.",
    "Next time we'd {bring boots|start earlier|take fewer sandwiches|ask first}.",
    "@'s own {theory|plan|recipe|explanation} is that {worms are tired|it needs more string|glaciers sulk|the cat did it}.",
    "We {planted garlic|pruned the apple tree|mended a bicycle|wired a plug|sorted the seed tin} together.",
    "Two {facts|jokes|songs|knots} were learned and {one|neither|both} forgotten by tea.",
];

const LONG: usize = 545;

/// The entry of this number: the same for the same seed. `nicknames` are the family's learners in
/// their order, of whom one or two are named.
#[must_use]
pub fn bulk_entry(index: u64, seed: u64, date: (i16, i8, i8), nicknames: &[&str]) -> EntrySpec {
    let mut dice = Dice::new(seed.rotate_left(29) ^ index.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let roll = |dice: &mut Dice, of: usize| (dice.next() >> 11) as usize % of.max(1);
    let (kind, subjects) = KINDS[roll(&mut dice, KINDS.len())];
    let mut learners = Vec::with_capacity(2);
    if !nicknames.is_empty() {
        learners.push(roll(&mut dice, nicknames.len()));
        let other = roll(&mut dice, nicknames.len());
        if dice.unit() < 0.4 && !learners.contains(&other) {
            learners.push(other);
        }
    }
    let mut text = String::with_capacity(LONG + 160);
    let (mut at, stride) = (roll(&mut dice, SENTENCES.len()), [5, 7, 11, 13][roll(&mut dice, 4)]);
    while text.len() < LONG - 12 {
        if !text.is_empty() {
            text.push(' ');
        }
        let sentence = spin(SENTENCES[at % SENTENCES.len()], &mut dice);
        let named = learners.get(at % learners.len().max(1));
        let name = named.and_then(|l| nicknames.get(*l)).copied();
        text.push_str(&sentence.replace('@', name.unwrap_or("Everyone")));
        at += stride;
    }
    let title = TITLES[roll(&mut dice, TITLES.len())];
    let title = (dice.unit() < 0.6).then(|| spin(title, &mut dice));
    EntrySpec {
        date,
        learners,
        title,
        text,
        subjects: subjects.to_vec(),
        kind,
        minutes: (dice.unit() < 0.6).then(|| 10 + 5 * (dice.next() % 28) as u32),
        place: None,
        resources: Vec::new(),
        voices: Vec::new(),
        starred: dice.unit() < 0.04,
        private: dice.unit() < 0.02,
        state: "done",
        pictures: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_in_bulk_are_of_even_length_and_different() {
        let mut seen = std::collections::HashSet::new();
        let mut total = 0;
        for index in 0..2000 {
            let entry = bulk_entry(index, 4, (2025, 1, 1), &["Tamsin", "Bertie"]);
            assert_eq!(entry, bulk_entry(index, 4, (2025, 1, 1), &["Tamsin", "Bertie"]));
            assert!((500..=720).contains(&entry.text.len()), "{}", entry.text.len());
            assert!(!entry.text.contains(['@', '{', '|', '}']), "{}", entry.text);
            total += entry.text.len();
            assert!(seen.insert(entry.text));
        }
        let mean = total / 2000;
        assert!((545..=575).contains(&mean), "mean of {mean} characters");
        assert_eq!(bulk_entry(1, 1, (2025, 1, 1), &[]).learners, Vec::<usize>::new());
    }
}
