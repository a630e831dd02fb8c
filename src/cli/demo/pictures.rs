//! Pictures for the made-up families: children's drawings and finds, drawn by code.
//!
//! Nobody's photograph is shipped: each picture comes from a seed, and the same seed gives the same
//! picture. `sheet` is the canvas, `hand` the child's hand; the other rooms hold the subjects.

mod diagrams;
mod drawings;
mod finds;
mod hand;
mod scenes;
mod sheet;

use image::RgbImage;

pub(super) use sheet::Dice;
use sheet::Sheet;

/// What a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Picture {
    /// A house with its people, in crayon.
    House,
    /// A rainbow between two clouds.
    Rainbow,
    /// A castle with flags and a moat.
    Castle,
    /// A stegosaurus and a volcano.
    Dinosaur,
    /// A map of a walk with its landmarks.
    WalkMap,
    /// A labelled section through a volcano.
    Volcano,
    /// The life of a sunflower in a ring.
    PlantCycle,
    /// Leaves rubbed through with crayon.
    LeafRubbing,
    /// Leaves pressed, taped in and named.
    PressedLeaves,
    /// Pebbles laid in a spiral on sand.
    PebbleSpiral,
    /// Shells on sand.
    Shells,
    /// A beach with a castle of sand.
    Beach,
    /// A path through a wood.
    Woodland,
    /// Seedlings in pots on a window sill.
    Seedlings,
    /// The moon, night after night.
    MoonPhases,
    /// A loaf on its board.
    Loaf,
    /// Handwriting, and jumps along a number line.
    NumberLine,
    /// Hopscotch and a flower in chalk.
    Chalk,
    /// A painted butterfly, folded down the middle.
    Butterfly,
    /// A coiled pot of clay.
    ClayPot,
    /// Conkers on the grass.
    Conkers,
    /// A circuit drawn on squared paper.
    Circuit,
}

/// Every subject there is.
pub const ALL: &[Picture] = &[
    Picture::House,
    Picture::Rainbow,
    Picture::Castle,
    Picture::Dinosaur,
    Picture::WalkMap,
    Picture::Volcano,
    Picture::PlantCycle,
    Picture::LeafRubbing,
    Picture::PressedLeaves,
    Picture::PebbleSpiral,
    Picture::Shells,
    Picture::Beach,
    Picture::Woodland,
    Picture::Seedlings,
    Picture::MoonPhases,
    Picture::Loaf,
    Picture::NumberLine,
    Picture::Chalk,
    Picture::Butterfly,
    Picture::ClayPot,
    Picture::Conkers,
    Picture::Circuit,
];

impl Picture {
    /// What someone who cannot see the picture is told.
    #[must_use]
    pub fn caption(self) -> &'static str {
        match self {
            Self::House => "Crayon drawing of a house with an apple tree, flowers and two people",
            Self::Rainbow => "Crayon rainbow between two clouds, with a smiling sun below",
            Self::Castle => "Drawing of a castle with three towers, flags and a moat",
            Self::Dinosaur => "Crayon stegosaurus in front of an erupting volcano",
            Self::WalkMap => "Hand-drawn map of our walk, from home over the bridge to the duck pond",
            Self::Volcano => "Labelled drawing of the inside of a volcano",
            Self::PlantCycle => "Life cycle of a sunflower, drawn as a ring with arrows",
            Self::LeafRubbing => "Five leaf rubbings in different crayon colours",
            Self::PressedLeaves => "Pressed autumn leaves taped to paper, with their names",
            Self::PebbleSpiral => "Pebbles laid out in a spiral on the sand",
            Self::Shells => "Shells collected on the beach, laid out on the sand",
            Self::Beach => "Sandcastle, bucket and footprints on a wide beach",
            Self::Woodland => "Path through the woods with sunlight between the trees",
            Self::Seedlings => "Four pots of seedlings on the window sill",
            Self::MoonPhases => "Chart of the phases of the moon on dark blue paper",
            Self::Loaf => "Home-made loaf of bread on a wooden board",
            Self::NumberLine => "Handwriting, and jumps of six along a number line",
            Self::Chalk => "Chalk hopscotch and a big flower on the pavement",
            Self::Butterfly => "Painted butterfly with matching wings",
            Self::ClayPot => "Coil pot of clay with a blue zigzag",
            Self::Conkers => "Conkers and autumn leaves on the grass",
            Self::Circuit => "Circuit diagram of a night light on squared paper",
        }
    }
}

/// Draws the subject in this size; the composition covers it, cut at the edges where its shape is
/// not 4:3.
#[must_use]
pub fn draw(subject: Picture, seed: u64, width: u32, height: u32) -> RgbImage {
    let kind = subject as u64;
    let own = seed ^ kind.wrapping_mul(0xd6e8_feb8_6659_fd93);
    let Some(mut sheet) = Sheet::new(own, width, height) else {
        return RgbImage::new(width, height);
    };
    let s = &mut sheet;
    match subject {
        Picture::House => drawings::house(s),
        Picture::Rainbow => drawings::rainbow(s),
        Picture::Castle => drawings::castle(s),
        Picture::Dinosaur => drawings::dinosaur(s),
        Picture::WalkMap => diagrams::walk_map(s),
        Picture::Volcano => diagrams::volcano(s),
        Picture::PlantCycle => diagrams::plant_cycle(s),
        Picture::LeafRubbing => finds::leaf_rubbing(s),
        Picture::PressedLeaves => finds::pressed_leaves(s),
        Picture::PebbleSpiral => finds::pebble_spiral(s),
        Picture::Shells => finds::shells(s),
        Picture::Beach => scenes::beach(s),
        Picture::Woodland => scenes::woodland(s),
        Picture::Seedlings => scenes::seedlings(s),
        Picture::MoonPhases => diagrams::moon_phases(s),
        Picture::Loaf => scenes::loaf(s),
        Picture::NumberLine => diagrams::number_line(s),
        Picture::Chalk => drawings::chalk(s),
        Picture::Butterfly => drawings::butterfly(s),
        Picture::ClayPot => scenes::clay_pot(s),
        Picture::Conkers => finds::conkers(s),
        Picture::Circuit => diagrams::circuit(s),
    }
    let warmth = sheet.dice.span(0.4, 1.2);
    sheet.finish(warmth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_picture_and_another_seed_another() {
        for subject in ALL {
            let first = draw(*subject, 7, 160, 120);
            assert_eq!(first, draw(*subject, 7, 160, 120), "{subject:?}");
            assert_ne!(first, draw(*subject, 8, 160, 120), "{subject:?}");
        }
    }

    #[test]
    fn every_picture_has_light_and_dark_and_its_own_caption() {
        let mut captions = std::collections::HashSet::new();
        for subject in ALL {
            let picture = draw(*subject, 3, 240, 180);
            assert_eq!(picture.dimensions(), (240, 180));
            let (low, high) = picture
                .pixels()
                .map(|p| u32::from(p[0]) + u32::from(p[1]) + u32::from(p[2]))
                .fold((u32::MAX, 0), |(l, h), v| (l.min(v), h.max(v)));
            assert!(high - low > 200, "{subject:?} is flat");
            assert!(captions.insert(subject.caption()));
        }
    }

    #[test]
    fn any_shape_of_picture_can_be_drawn() {
        for (width, height) in [(1, 1), (3, 200), (200, 3), (90, 160), (0, 5)] {
            for subject in ALL {
                assert_eq!(draw(*subject, 1, width, height).dimensions(), (width, height));
            }
        }
    }
}
