//! The canvas: a background, one layer of marks at a time, and the light of a family's camera.
//!
//! Subjects are composed in a space of 1200 by 900 units that is scaled to cover the picture asked for.

use std::f32::consts::TAU;
use std::sync::OnceLock;

use image::RgbImage;
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, Transform,
};

/// A point in units of the composition.
pub(super) type At = (f32, f32);
/// A colour with its strength from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink(pub(super) u32, pub(super) f32);

/// Pseudo-random numbers (splitmix64): the same seed, the same picture.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to 1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// A number between the two.
    pub(super) fn span(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A number between minus and plus `reach`.
    pub(super) fn about(&mut self, reach: f32) -> f32 {
        self.span(-reach, reach)
    }

    /// One of these.
    pub(super) fn pick<T: Copy + Default>(&mut self, of: &[T]) -> T {
        let at = (self.next() % of.len().max(1) as u64) as usize;
        of.get(at).copied().unwrap_or_default()
    }
}

const TILE: usize = 512;

/// Noise that repeats without a seam; `cells` are the sizes of its octaves with their weights.
fn tile(seed: u64, cells: &[(usize, f32)]) -> Vec<f32> {
    let mut sum = vec![0.0; TILE * TILE];
    for (octave, &(cell, weight)) in cells.iter().enumerate() {
        let side = TILE / cell;
        let mut dice = Dice::new(seed + octave as u64);
        let lattice: Vec<f32> = (0..side * side).map(|_| dice.unit()).collect();
        let at = |x: usize, y: usize| lattice[(y % side) * side + x % side];
        for y in 0..TILE {
            let (row, fy) = (y / cell, ease((y % cell) as f32 / cell as f32));
            for x in 0..TILE {
                let (col, fx) = (x / cell, ease((x % cell) as f32 / cell as f32));
                let top = mix(at(col, row), at(col + 1, row), fx);
                let low = mix(at(col, row + 1), at(col + 1, row + 1), fx);
                sum[y * TILE + x] += weight * mix(top, low, fy);
            }
        }
    }
    let (low, high) = sum
        .iter()
        .fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    for v in &mut sum {
        *v = (*v - low) / (high - low);
    }
    sum
}

/// The tooth of the paper, pixel by pixel.
fn tooth() -> &'static [f32] {
    static TOOTH: OnceLock<Vec<f32>> = OnceLock::new();
    TOOTH.get_or_init(|| tile(11, &[(8, 0.25), (4, 0.6), (2, 0.5), (1, 0.3)]))
}

fn clouds() -> &'static [f32] {
    static CLOUDS: OnceLock<Vec<f32>> = OnceLock::new();
    CLOUDS.get_or_init(|| tile(97, &[(64, 1.0), (32, 0.5), (16, 0.28), (8, 0.15), (4, 0.08)]))
}

/// Soft noise from 0 to 1, about 64 units from one swell to the next.
pub(super) fn cloud(x: f32, y: f32) -> f32 {
    let tile = clouds();
    let (fx, fy) = (x.floor(), y.floor());
    let (ix, iy) = (fx as i32 as usize, fy as i32 as usize);
    let at = |x: usize, y: usize| tile[(y % TILE) * TILE + x % TILE];
    let top = mix(at(ix, iy), at(ix.wrapping_add(1), iy), x - fx);
    let low = mix(
        at(ix, iy.wrapping_add(1)),
        at(ix.wrapping_add(1), iy.wrapping_add(1)),
        x - fx,
    );
    mix(top, low, y - fy)
}

/// Fine noise from 0 to 1, one value for each unit.
pub(super) fn speckle(x: f32, y: f32) -> f32 {
    let (ix, iy) = (x.floor() as i32 as usize, y.floor() as i32 as usize);
    tooth()[(iy % TILE) * TILE + ix % TILE]
}

pub(super) fn mix(a: f32, b: f32, t: f32) -> f32 {
    a + (b - a) * t
}

fn ease(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

/// From 0 at `low` to 1 at `high`, softly.
pub(super) fn rise(low: f32, high: f32, v: f32) -> f32 {
    ease(((v - low) / (high - low)).clamp(0.0, 1.0))
}

/// A colour as three numbers from 0 to 255.
pub(super) fn rgb(hex: u32) -> [f32; 3] {
    [
        ((hex >> 16) & 255) as f32,
        ((hex >> 8) & 255) as f32,
        (hex & 255) as f32,
    ]
}

pub(super) fn blend(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)]
}

pub(super) fn times(a: [f32; 3], by: f32) -> [f32; 3] {
    [a[0] * by, a[1] * by, a[2] * by]
}

/// How marks meet the paper.
#[derive(Clone, Copy, Debug)]
pub(super) enum Medium {
    /// Wax: caught by the tooth of the paper only.
    Crayon,
    /// Graphite or coloured pencil: finer than wax.
    Pencil,
    /// Ink: even, and darker where it overlaps.
    Felt,
    /// Chalk on rough ground.
    Chalk,
    /// Water colour: uneven, see-through.
    Wash,
    /// As drawn.
    Plain,
}

/// A picture in the making.
pub(super) struct Sheet {
    base: Pixmap,
    layer: Pixmap,
    view: Transform,
    scale: f32,
    offset: At,
    /// The numbers of this picture.
    pub(super) dice: Dice,
}

impl Sheet {
    /// `None` where no picture has this size.
    pub(super) fn new(seed: u64, width: u32, height: u32) -> Option<Self> {
        let base = Pixmap::new(width, height)?;
        let layer = Pixmap::new(width, height)?;
        let scale = (width as f32 / 1200.0).max(height as f32 / 900.0);
        let offset = (
            (width as f32 - 1200.0 * scale) / 2.0,
            (height as f32 - 900.0 * scale) / 2.0,
        );
        Some(Self {
            base,
            layer,
            view: Transform::from_row(scale, 0.0, 0.0, scale, offset.0, offset.1),
            scale,
            offset,
            dice: Dice::new(seed),
        })
    }

    /// Paints the ground: a colour for every point, worked out for blocks of `step` pixels.
    pub(super) fn ground(&mut self, step: usize, colour: impl Fn(f32, f32) -> [f32; 3]) {
        let width = self.base.width() as usize;
        let (scale, offset) = (self.scale, self.offset);
        let mut rows = self.base.data_mut().chunks_exact_mut(width * 4).enumerate();
        let mut line = vec![0u8; width * 4];
        for (y, row) in &mut rows {
            if y % step == 0 {
                let vy = (y as f32 - offset.1) / scale;
                for (x, block) in line.chunks_mut(step * 4).enumerate() {
                    let vx = ((x * step) as f32 - offset.0) / scale;
                    let [r, g, b] = colour(vx, vy);
                    for pixel in block.chunks_exact_mut(4) {
                        pixel.copy_from_slice(&[r as u8, g as u8, b as u8, 255]);
                    }
                }
            }
            row.copy_from_slice(&line);
        }
    }

    /// A sheet of paper on a table, slightly askew; marks made from here on are on the paper.
    pub(super) fn paper(&mut self, table: u32, paper: u32) {
        let shift = self.dice.span(0.0, 300.0);
        let wood = rgb(table);
        self.ground(2, |x, y| {
            let grain = cloud(x * 0.06 + shift, y * 0.9 + cloud(x * 0.3, shift) * 12.0);
            let plank = rise(3.0, 0.0, (y + shift) % 190.0);
            times(wood, 0.78 + 0.42 * grain - 0.25 * plank)
        });
        let turn = self.dice.about(1.6);
        let (dx, dy) = (self.dice.about(10.0), self.dice.about(8.0));
        let page = Transform::from_row(1.0, 0.0, 0.0, 1.0, dx, dy)
            .pre_concat(Transform::from_rotate_at(turn, 600.0, 450.0));
        self.view = self.view.pre_concat(page);
        let edge = |grow: f32| {
            vec![
                (42.0 - grow, 34.0 - grow),
                (1158.0 + grow, 34.0 - grow),
                (1158.0 + grow, 866.0 + grow),
                (42.0 - grow, 866.0 + grow),
            ]
        };
        for ring in 0..9 {
            let moved: Vec<At> = edge(14.0 - ring as f32 * 2.0)
                .iter()
                .map(|p| (p.0 + 5.0, p.1 + 8.0))
                .collect();
            self.fill(&moved, Ink(0x20_1408, 0.055));
        }
        self.fill(&edge(0.0), Ink(paper, 1.0));
        self.lay(Medium::Plain);
    }

    /// The marks stay within the frame as it is, turned by some degrees about the middle.
    pub(super) fn tilt(&mut self, degrees: f32) {
        self.view = self
            .view
            .pre_concat(Transform::from_rotate_at(degrees, 600.0, 450.0));
    }

    fn paint(ink: Ink) -> Paint<'static> {
        let [r, g, b] = rgb(ink.0);
        let mut paint = Paint::default();
        paint.set_color_rgba8(r as u8, g as u8, b as u8, (ink.1.clamp(0.0, 1.0) * 255.0) as u8);
        paint
    }

    fn path(points: &[At], closed: bool, smooth: bool) -> Option<Path> {
        let mut path = PathBuilder::with_capacity(points.len() + 2, points.len() * 2 + 2);
        let (&first, rest) = points.split_first()?;
        path.move_to(first.0, first.1);
        if smooth && rest.len() > 1 {
            for pair in points.windows(2).skip(1) {
                let (a, b) = (pair[0], pair[1]);
                path.quad_to(a.0, a.1, (a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
            }
            if let Some(last) = points.last() {
                path.line_to(last.0, last.1);
            }
        } else {
            for p in rest {
                path.line_to(p.0, p.1);
            }
        }
        if closed {
            path.close();
        }
        path.finish()
    }

    /// A line with round ends through these points.
    pub(super) fn stroke(&mut self, points: &[At], width: f32, ink: Ink) {
        let Some(path) = Self::path(points, false, true) else {
            return;
        };
        let stroke = Stroke {
            width,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        self.layer
            .stroke_path(&path, &Self::paint(ink), &stroke, self.view, None);
    }

    /// An area with these corners.
    pub(super) fn fill(&mut self, points: &[At], ink: Ink) {
        if let Some(path) = Self::path(points, true, false) {
            self.layer.fill_path(
                &path,
                &Self::paint(ink),
                FillRule::Winding,
                self.view,
                None,
            );
        }
    }

    /// Puts the marks made since the last time on the picture.
    pub(super) fn lay(&mut self, medium: Medium) {
        let width = self.base.width() as usize;
        let shift = (self.dice.next() % (TILE * TILE) as u64) as usize;
        let tooth = tooth();
        let (gain, bite, sharp, most) = match medium {
            Medium::Crayon => (1.75, 1.05, 2.4, 0.94),
            Medium::Pencil => (1.7, 0.95, 1.8, 0.9),
            Medium::Chalk => (1.55, 1.15, 3.4, 0.93),
            Medium::Felt => (1.12, 0.12, 1.0, 0.95),
            Medium::Wash => (1.15, 0.3, 1.0, 0.9),
            Medium::Plain => (1.0, 0.0, 1.0, 1.0),
        };
        let plain = matches!(medium, Medium::Plain);
        let soft = matches!(medium, Medium::Wash);
        let ink = matches!(medium, Medium::Felt | Medium::Wash);
        let rows = self.layer.data().chunks_exact(width * 4);
        let onto = self.base.data_mut().chunks_exact_mut(width * 4);
        for (y, (marks, base)) in rows.zip(onto).enumerate() {
            let start = ((y + shift / TILE) % TILE) * TILE;
            let grain = &tooth[start..start + TILE];
            for (x, (mark, under)) in marks
                .chunks_exact(4)
                .zip(base.chunks_exact_mut(4))
                .enumerate()
            {
                if mark[3] == 0 {
                    continue;
                }
                let alpha = f32::from(mark[3]) / 255.0;
                let cover = if plain {
                    alpha
                } else {
                    let mut t = grain[(x + shift) % TILE];
                    if soft {
                        t = 0.35 * t + 0.9 * cloud(x as f32 * 0.7, y as f32 * 0.7);
                    }
                    ((alpha * gain - t * bite) * sharp).clamp(0.0, 1.0).min(alpha) * most
                };
                let part = cover / alpha;
                for i in 0..3 {
                    let below = f32::from(under[i]);
                    let mut above = f32::from(mark[i]) * part;
                    if ink {
                        above *= 0.35 + 0.65 * below / 255.0;
                    }
                    under[i] = (below * (1.0 - cover) + above).min(255.0) as u8;
                }
            }
        }
        self.layer.fill(Color::TRANSPARENT);
    }

    /// Shades a patch of the picture itself: `shade` is asked with coordinates from about -1.1 to 1.1
    /// across the patch and answers a colour and its cover.
    pub(super) fn patch(
        &mut self,
        at: At,
        size: At,
        turn: f32,
        shade: impl Fn(f32, f32) -> ([f32; 3], f32),
    ) {
        let (width, height) = (self.base.width() as i32, self.base.height() as i32);
        let mut centre = [tiny_skia::Point::from_xy(at.0, at.1)];
        self.view.map_points(&mut centre);
        let (cx, cy) = (centre[0].x, centre[0].y);
        let (rx, ry) = (size.0 * self.scale, size.1 * self.scale);
        let (sin, cos) = turn.sin_cos();
        let reach_x = 1.12 * ((rx * cos).powi(2) + (ry * sin).powi(2)).sqrt() + 1.0;
        let reach_y = 1.12 * ((rx * sin).powi(2) + (ry * cos).powi(2)).sqrt() + 1.0;
        let left = ((cx - reach_x) as i32).clamp(0, width);
        let right = ((cx + reach_x) as i32).clamp(0, width);
        let top = ((cy - reach_y) as i32).clamp(0, height);
        let bottom = ((cy + reach_y) as i32).clamp(0, height);
        let data = self.base.data_mut();
        for y in top..bottom {
            let dy = y as f32 - cy;
            let start = (y * width) as usize * 4;
            let row = &mut data[start + left as usize * 4..start + right as usize * 4];
            for (step, pixel) in row.chunks_exact_mut(4).enumerate() {
                let dx = (left + step as i32) as f32 - cx;
                let (u, v) = ((dx * cos + dy * sin) / rx, (dy * cos - dx * sin) / ry);
                if u.abs() > 1.12 || v.abs() > 1.12 {
                    continue;
                }
                let (colour, cover) = shade(u, v);
                if cover <= 0.0 {
                    continue;
                }
                let cover = cover.min(1.0);
                for i in 0..3 {
                    let under = f32::from(pixel[i]);
                    pixel[i] = mix(under, colour[i], cover).clamp(0.0, 255.0) as u8;
                }
            }
        }
    }

    /// A soft shadow under a thing of this size.
    pub(super) fn shadow(&mut self, at: At, size: At, turn: f32, strength: f32) {
        self.patch(at, size, turn, |u, v| {
            let near = (1.0 - u * u - v * v).max(0.0);
            ([24.0, 18.0, 12.0], strength * near.min(0.55) * 1.6)
        });
    }

    /// The camera's part: light from a window at one side, darker corners, a little grain.
    pub(super) fn finish(mut self, warmth: f32) -> RgbImage {
        let (width, height) = (self.base.width(), self.base.height());
        let side = if self.dice.unit() < 0.5 { 1.0 } else { -1.0 };
        let shift = self.dice.next() as usize;
        let tooth = tooth();
        let across: Vec<(f32, f32)> = (0..width)
            .map(|x| {
                let u = x as f32 / width as f32 * 2.0 - 1.0;
                (u * u, 0.055 * side * u)
            })
            .collect();
        let tint = [1.0 + 0.02 * warmth, 1.0, 1.0 - 0.045 * warmth];
        let mut out = RgbImage::new(width, height);
        let from = self.base.data().chunks_exact(width as usize * 4);
        let to = out.chunks_exact_mut(width as usize * 3);
        for (y, (from, to)) in from.zip(to).enumerate() {
            let v = y as f32 / height as f32 * 2.0 - 1.0;
            let start = (y.wrapping_add(shift) % TILE) * TILE;
            let grain = &tooth[start..start + TILE];
            let pixels = from.chunks_exact(4).zip(to.chunks_exact_mut(3));
            for (x, ((pixel, out), (bow, lean))) in pixels.zip(&across).enumerate() {
                let far = bow + v * v;
                let light = 1.035 - 0.075 * far - 0.02 * far * far - lean - 0.035 * v;
                let noise = (grain[x % TILE] - 0.5) * 9.0;
                for i in 0..3 {
                    out[i] = (f32::from(pixel[i]) * light * tint[i] + noise) as u8;
                }
            }
        }
        out
    }
}

/// A circle, or an egg, as corners.
pub(super) fn oval(at: At, rx: f32, ry: f32) -> Vec<At> {
    let steps = 36;
    (0..steps)
        .map(|i| {
            let (sin, cos) = (i as f32 / steps as f32 * TAU).sin_cos();
            (at.0 + rx * cos, at.1 + ry * sin)
        })
        .collect()
}
