//! A child's hand: lines that wobble, areas filled by scribbling, letters of one stroke.

use super::sheet::{At, Ink, Sheet, mix};

/// Points of a smooth curve through `corners`.
pub(super) fn curve(corners: &[At], closed: bool) -> Vec<At> {
    let count = corners.len();
    if count < 3 {
        return corners.to_vec();
    }
    let at = |i: isize| {
        let i = if closed { i.rem_euclid(count as isize) } else { i.clamp(0, count as isize - 1) };
        corners[i as usize]
    };
    let spans = if closed { count } else { count - 1 };
    let mut out = Vec::with_capacity(spans * 8 + 1);
    for i in 0..spans as isize {
        let (p0, p1, p2, p3) = (at(i - 1), at(i), at(i + 1), at(i + 2));
        for step in 0..8 {
            let t = step as f32 / 8.0;
            let along = |a: f32, b: f32, c: f32, d: f32| {
                let (t2, t3) = (t * t, t * t * t);
                0.5 * (2.0 * b
                    + (c - a) * t
                    + (2.0 * a - 5.0 * b + 4.0 * c - d) * t2
                    + (3.0 * b - a - 3.0 * c + d) * t3)
            };
            out.push((along(p0.0, p1.0, p2.0, p3.0), along(p0.1, p1.1, p2.1, p3.1)));
        }
    }
    out.push(at(spans as isize));
    out
}

/// The points of an arc; angles in degrees, clockwise from the right.
pub(super) fn arc(centre: At, radius: At, from: f32, to: f32) -> Vec<At> {
    let steps = ((to - from).abs() / 7.0).ceil().max(2.0) as usize;
    (0..=steps)
        .map(|i| {
            let angle = mix(from, to, i as f32 / steps as f32).to_radians();
            let (sin, cos) = angle.sin_cos();
            (centre.0 + radius.0 * cos, centre.1 + radius.1 * sin)
        })
        .collect()
}

impl Sheet {
    /// The same line, drawn by a hand that is not a ruler.
    pub(super) fn wobble(&mut self, points: &[At], reach: f32) -> Vec<At> {
        let mut out = Vec::with_capacity(points.len() * 4);
        let mut drift = (0.0, 0.0);
        let mut put = |dice: &mut super::sheet::Dice, p: At| {
            drift.0 = drift.0 * 0.72 + dice.about(reach) * 0.6;
            drift.1 = drift.1 * 0.72 + dice.about(reach) * 0.6;
            out.push((p.0 + drift.0, p.1 + drift.1));
        };
        for pair in points.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let length = (b.0 - a.0).hypot(b.1 - a.1);
            let steps = (length / 26.0).ceil().max(1.0) as usize;
            for i in 0..steps {
                let t = i as f32 / steps as f32;
                put(&mut self.dice, (mix(a.0, b.0, t), mix(a.1, b.1, t)));
            }
        }
        if let Some(&last) = points.last() {
            put(&mut self.dice, last);
        }
        out
    }

    /// A line by hand.
    pub(super) fn line(&mut self, points: &[At], width: f32, ink: Ink) {
        let points = self.wobble(points, 2.6);
        self.stroke(&points, width, ink);
    }

    /// A line by hand that comes back to where it began.
    pub(super) fn outline(&mut self, points: &[At], width: f32, ink: Ink) {
        let mut round = points.to_vec();
        round.extend(points.first());
        self.line(&round, width, ink);
    }

    /// Fills an area as with crayons: to and fro at an angle in degrees, over the edge here and there.
    pub(super) fn scribble(&mut self, area: &[At], angle: f32, gap: f32, width: f32, ink: Ink) {
        let (sin, cos) = angle.to_radians().sin_cos();
        let turned: Vec<At> = area.iter().map(|p| (p.0 * cos + p.1 * sin, p.1 * cos - p.0 * sin)).collect();
        let top = turned.iter().fold(f32::MAX, |m, p| m.min(p.1));
        let low = turned.iter().fold(f32::MIN, |m, p| m.max(p.1));
        let mut run: Vec<At> = Vec::new();
        let mut y = top + gap * 0.4;
        let mut flip = false;
        while y < low {
            let mut cuts: Vec<f32> = Vec::new();
            for (i, a) in turned.iter().enumerate() {
                let b = turned[(i + 1) % turned.len()];
                if (a.1 <= y) != (b.1 <= y) {
                    cuts.push(a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0));
                }
            }
            cuts.sort_by(f32::total_cmp);
            let single = cuts.len() == 2;
            if !single {
                self.run(&mut run, (sin, cos), width, ink);
            }
            for pair in cuts.chunks_exact(2) {
                let reach = gap * 0.35;
                let a = (pair[0] + self.dice.about(reach), y + self.dice.about(gap * 0.3));
                let b = (pair[1] + self.dice.about(reach), y + self.dice.about(gap * 0.3));
                let (a, b) = if flip { (b, a) } else { (a, b) };
                run.extend([a, ((a.0 + b.0) / 2.0, y + self.dice.about(gap * 0.4)), b]);
                if !single {
                    self.run(&mut run, (sin, cos), width, ink);
                }
            }
            flip = !flip;
            y += gap * self.dice.span(0.8, 1.2);
        }
        self.run(&mut run, (sin, cos), width, ink);
    }

    fn run(&mut self, points: &mut Vec<At>, (sin, cos): At, width: f32, ink: Ink) {
        if points.len() > 1 {
            let back: Vec<At> = points.iter().map(|p| (p.0 * cos - p.1 * sin, p.1 * cos + p.0 * sin)).collect();
            for pair in back.windows(3).step_by(3) {
                self.stroke(pair, width, ink);
            }
            for pair in back.windows(2).skip(2).step_by(3) {
                self.stroke(pair, width * 0.9, ink);
            }
        }
        points.clear();
    }

    /// Writes by hand; `size` is the height of a small letter, `at` where the first one stands.
    pub(super) fn write(&mut self, words: &str, at: At, size: f32, width: f32, ink: Ink) {
        let mut x = at.0;
        for letter in words.chars() {
            let (advance, strokes) = glyph(letter);
            let (dy, lean) = (self.dice.about(size * 0.07), self.dice.about(0.05));
            let grow = size * self.dice.span(0.94, 1.08) / 4.0;
            for stroke in strokes.split(' ').filter(|s| !s.is_empty()) {
                let corners: Vec<At> = stroke
                    .as_bytes()
                    .chunks_exact(2)
                    .map(|p| {
                        let (px, py) = (f32::from(p[0]) - 48.0, f32::from(p[1]) - 51.0);
                        (x + (px - lean * py * 4.0) * grow, at.1 + dy - py * grow)
                    })
                    .collect();
                let corners: Vec<At> = corners
                    .iter()
                    .map(|p| {
                        let reach = size * 0.035;
                        (p.0 + self.dice.about(reach), p.1 + self.dice.about(reach))
                    })
                    .collect();
                self.stroke(&curve(&corners, false), width, ink);
            }
            x += (advance + 1.3) * size / 4.0;
        }
    }
}

/// The width of a letter and its strokes: pairs of digits across and up, where 3 is the line that
/// letters stand on, 7 the height of a small letter and 9 or `:` that of a tall one.
fn glyph(letter: char) -> (f32, &'static str) {
    let shape = match letter {
        'a' => "3627170604132334 3733",
        'b' => "0:03 0617273634231304",
        'c' => "3627170604132334",
        'd' => "3627170604132334 3:33",
        'e' => "05353627170604132334",
        'f' => "38291813 0727",
        'g' => "3627170604132334 3731201001",
        'h' => "0:03 0617273633",
        'i' => "0703 0909",
        'j' => "1712 1200 1919",
        'k' => "0:03 2704 042333",
        'l' => "0:040313",
        'm' => "0703 06172623 26374643",
        'n' => "0703 0617273633",
        'o' => "170604132334362717",
        'p' => "0700 0617273634231304",
        'q' => "3627170604132334 3730",
        'r' => "0703 05172736",
        's' => "362717062534231304",
        't' => "19141323 0727",
        'u' => "0704132334 3733",
        'v' => "071337 ",
        'w' => "07132633 3347",
        'x' => "0733 3703",
        'y' => "0704132334 3731201001",
        'z' => "073703 0333",
        '0' => "190804132334382919",
        '1' => "081913 ",
        '2' => "081929382703 0333",
        '3' => "08192938271626 263534231304",
        '4' => "290535 2823",
        '5' => "391916273634231304",
        '6' => "3918060413233435261605",
        '7' => "0939 3913",
        '8' => "190807162737382919 160504132334352616",
        '9' => "37261607081929383733",
        '+' => "0636 2824",
        '-' => "0636",
        '=' => "0737 0535",
        '.' => "0303",
        '!' => "1:15 1313",
        _ => "",
    };
    let widest = shape
        .split(' ')
        .flat_map(|s| s.as_bytes().chunks_exact(2))
        .map(|p| f32::from(p[0]) - 48.0)
        .fold(if shape.is_empty() { 2.0 } else { 0.4 }, f32::max);
    (widest, shape)
}
