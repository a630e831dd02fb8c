//! The canvas: a background, one layer of marks at a time, and the light of a family's camera.
//!
//! Subjects are composed in a space of 1200 by 900 units that is scaled to cover the picture asked for.

use std::f32::consts::TAU;
use std::sync::OnceLock;

use image::RgbImage;
use tiny_skia::{FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};

/// A point in units of the composition.
pub(super) type At = (f32, f32);
/// A colour with its strength from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink(pub(super) u32, pub(super) f32);

/// Pseudo-random numbers (splitmix64): the same seed, the same picture.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Begins with a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to 1.
    pub fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// A number between the two.
    pub fn span(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A number between minus and plus `reach`.
    pub fn about(&mut self, reach: f32) -> f32 {
        self.span(-reach, reach)
    }

    /// One of these.
    pub fn pick<T: Copy + Default>(&mut self, of: &[T]) -> T {
        let at = (self.next() % of.len().max(1) as u64) as usize;
        of.get(at).copied().unwrap_or_default()
    }
}

const TOOTH: usize = 512;
const CLOUD: usize = 256;

/// Noise from 0 to 1 that repeats without a seam every `size`; `cells` are the sizes of its octaves
/// with their weights.
fn tile(seed: u64, size: usize, cells: &[(usize, f32)]) -> Vec<f32> {
    let mut sum = vec![0.0; size * size];
    for (octave, &(cell, weight)) in cells.iter().enumerate() {
        let side = size / cell;
        let mut dice = Dice::new(seed + octave as u64);
        let lattice: Vec<f32> = (0..side * side).map(|_| dice.unit() * weight).collect();
        let steps: Vec<f32> = (0..cell).map(|i| ease(i as f32 / cell as f32)).collect();
        let mut edge = vec![0.0; side + 1];
        for (y, line) in sum.chunks_exact_mut(size).enumerate() {
            let (row, next) = (y / cell, (y / cell + 1) % side);
            for (col, value) in edge.iter_mut().enumerate() {
                let col = col % side;
                let (top, low) = (lattice[row * side + col], lattice[next * side + col]);
                *value = mix(top, low, steps[y % cell]);
            }
            for (block, ends) in line.chunks_exact_mut(cell).zip(edge.windows(2)) {
                for (value, step) in block.iter_mut().zip(&steps) {
                    *value += mix(ends[0], ends[1], *step);
                }
            }
        }
    }
    let (low, high) = sum.iter().fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(*v), h.max(*v)));
    for v in &mut sum {
        *v = (*v - low) / (high - low);
    }
    sum
}

/// The tooth of the paper, pixel by pixel, from 0 to 255.
fn tooth() -> &'static [u8] {
    static TILE: OnceLock<Vec<u8>> = OnceLock::new();
    TILE.get_or_init(|| {
        let tile = tile(11, TOOTH, &[(8, 0.25), (4, 0.6), (2, 0.5), (1, 0.3)]);
        tile.iter().map(|v| (v * 255.0) as u8).collect()
    })
}

fn clouds() -> &'static [f32] {
    static TILE: OnceLock<Vec<f32>> = OnceLock::new();
    TILE.get_or_init(|| tile(97, CLOUD, &[(64, 1.0), (32, 0.5), (16, 0.28), (8, 0.15), (4, 0.08)]))
}

/// The whole number below and what is left above it.
fn split(v: f32) -> (usize, f32) {
    let whole = v as i32 - i32::from(v < 0.0);
    (whole as usize, v - whole as f32)
}

/// Soft noise from 0 to 1, about 64 units from one swell to the next.
pub(super) fn cloud(x: f32, y: f32) -> f32 {
    let tile = clouds();
    let ((ix, fx), (iy, fy)) = (split(x), split(y));
    let (left, right) = (ix % CLOUD, ix.wrapping_add(1) % CLOUD);
    let (top, low) = (iy % CLOUD * CLOUD, iy.wrapping_add(1) % CLOUD * CLOUD);
    let above = mix(tile[top + left], tile[top + right], fx);
    let below = mix(tile[low + left], tile[low + right], fx);
    mix(above, below, fy)
}

/// Fine noise from 0 to 1, one value for each unit.
pub(super) fn speckle(x: f32, y: f32) -> f32 {
    let (ix, iy) = (split(x).0 % TOOTH, split(y).0 % TOOTH);
    f32::from(tooth()[iy * TOOTH + ix]) / 255.0
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
    [((hex >> 16) & 255) as f32, ((hex >> 8) & 255) as f32, (hex & 255) as f32]
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
    /// The marks being made, at half the size: the tooth of the paper brings the detail back.
    layer: Pixmap,
    /// The part of the layer that has marks: left, top, right, bottom.
    touched: Option<[f32; 4]>,
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
        let layer = Pixmap::new(width / 2 + 2, height / 2 + 2)?;
        let scale = (width as f32 / 1200.0).max(height as f32 / 900.0);
        let offset = ((width as f32 - 1200.0 * scale) / 2.0, (height as f32 - 900.0 * scale) / 2.0);
        Some(Self {
            base,
            layer,
            touched: None,
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
        let mut line = vec![0u8; width * 4];
        for (y, row) in self.base.data_mut().chunks_exact_mut(width * 4).enumerate() {
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

    /// The same for what is outside the middle of the picture, which has one colour.
    fn margin(&mut self, middle: [f32; 3], colour: impl Fn(f32, f32) -> [f32; 3]) {
        let width = self.base.width() as usize;
        let (scale, offset) = (self.scale, self.offset);
        let bytes = |c: [f32; 3]| [c[0] as u8, c[1] as u8, c[2] as u8, 255];
        let plain = bytes(middle).repeat(width);
        let left = ((88.0 * scale + offset.0).max(0.0) as usize).min(width);
        let right = ((1112.0 * scale + offset.0).max(0.0) as usize).clamp(left, width);
        for (y, row) in self.base.data_mut().chunks_exact_mut(width * 4).enumerate() {
            let vy = (y as f32 - offset.1) / scale;
            row.copy_from_slice(&plain);
            let across = (80.0..820.0).contains(&vy);
            for (x, pixel) in row.chunks_exact_mut(4).enumerate().take(if across { left } else { width }) {
                pixel.copy_from_slice(&bytes(colour((x as f32 - offset.0) / scale, vy)));
            }
            for (x, pixel) in row.chunks_exact_mut(4).enumerate().skip(if across { right } else { width }) {
                pixel.copy_from_slice(&bytes(colour((x as f32 - offset.0) / scale, vy)));
            }
        }
    }

    /// A sheet of paper on a table, slightly askew; marks made from here on are on the paper.
    pub(super) fn paper(&mut self, table: u32, paper: u32) {
        let shift = self.dice.span(0.0, 300.0);
        let (wood, white) = (rgb(table), rgb(paper));
        let turn = self.dice.about(1.6);
        let (dx, dy) = (self.dice.about(10.0), self.dice.about(8.0));
        let page =
            Transform::from_row(1.0, 0.0, 0.0, 1.0, dx, dy).pre_concat(Transform::from_rotate_at(turn, 600.0, 450.0));
        self.view = self.view.pre_concat(page);
        let (sin, cos) = turn.to_radians().sin_cos();
        let sharp = self.scale;
        self.margin(white, |x, y| {
            let (px, py) = (x - 600.0 - dx, y - 450.0 - dy);
            let (px, py) = (px * cos + py * sin, py * cos - px * sin);
            let cover = 0.5 - (px.abs() - 558.0).max(py.abs() - 416.0) * sharp;
            if cover >= 1.0 {
                return white;
            }
            let grain = cloud(x * 0.06 + shift, y * 0.9 + speckle(x * 0.02, shift) * 3.0);
            let plank = rise(3.0, 0.0, (y + shift) % 190.0);
            let (sx, sy) = ((px - 5.0).abs() - 552.0, (py - 8.0).abs() - 410.0);
            let shade = rise(22.0, 0.0, sx.max(0.0).hypot(sy.max(0.0)));
            let lit = (0.78 + 0.42 * grain - 0.25 * plank) * (1.0 - 0.45 * shade);
            blend(times(wood, lit), white, cover.max(0.0))
        });
    }

    /// The marks stay within the frame as it is, turned by some degrees about the middle.
    pub(super) fn tilt(&mut self, degrees: f32) {
        self.view = self.view.pre_concat(Transform::from_rotate_at(degrees, 600.0, 450.0));
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
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        self.touch(&path, width);
        let half = self.view.post_scale(0.5, 0.5);
        self.layer.stroke_path(&path, &Self::paint(ink), &stroke, half, None);
    }

    /// An area with these corners.
    pub(super) fn fill(&mut self, points: &[At], ink: Ink) {
        if let Some(path) = Self::path(points, true, false) {
            self.touch(&path, 0.0);
            let half = self.view.post_scale(0.5, 0.5);
            self.layer.fill_path(&path, &Self::paint(ink), FillRule::Winding, half, None);
        }
    }

    fn touch(&mut self, path: &Path, width: f32) {
        let Some(bounds) = path.bounds().transform(self.view.post_scale(0.5, 0.5)) else {
            return;
        };
        let reach = width * self.scale * 0.25 + 2.0;
        let [left, top, right, bottom] = self.touched.unwrap_or([f32::MAX, f32::MAX, f32::MIN, f32::MIN]);
        self.touched = Some([
            left.min(bounds.left() - reach),
            top.min(bounds.top() - reach),
            right.max(bounds.right() + reach),
            bottom.max(bounds.bottom() + reach),
        ]);
    }

    /// Puts the marks made since the last time on the picture.
    pub(super) fn lay(&mut self, medium: Medium) {
        let shift = self.dice.next() as usize;
        let Some([left, top, right, bottom]) = self.touched.take() else {
            return;
        };
        let (width, height) = (self.base.width() as usize, self.base.height() as usize);
        let (left, right) = (left.max(0.0) as usize * 2, (right.max(0.0) as usize * 2 + 2).min(width));
        let (top, bottom) = (top.max(0.0) as usize * 2, (bottom.max(0.0) as usize * 2 + 2).min(height));
        if left >= right || top >= bottom {
            return;
        }
        let (tooth, clouds) = (tooth(), clouds());
        let (gain, bite, sharp, most) = match medium {
            Medium::Crayon => (1.38, 1.12, 2.6, 0.95),
            Medium::Pencil => (1.5, 0.95, 2.0, 0.92),
            Medium::Chalk => (1.55, 1.15, 3.4, 0.93),
            Medium::Felt => (1.12, 0.12, 1.0, 0.95),
            Medium::Wash => (1.15, 0.3, 1.0, 0.9),
            Medium::Plain => (1.0, 0.0, 1.0, 1.0),
        };
        let plain = matches!(medium, Medium::Plain);
        let soft = matches!(medium, Medium::Wash);
        let ink = matches!(medium, Medium::Felt | Medium::Wash);
        let stride = self.layer.width() as usize * 4;
        let lines = self.layer.height() as usize;
        let marks = self.layer.data_mut();
        let onto = self.base.data_mut();
        let mut row = vec![0u16; stride];
        let (first, last) = (left / 2 * 4, ((right / 2 + 2) * 4).min(stride));
        for y in top..bottom {
            // A pixel lies at a quarter or three quarters between two of the layer's.
            let (near, far) = (y / 2, if y % 2 == 0 { (y / 2).saturating_sub(1) } else { y / 2 + 1 });
            let far = far.min(lines - 1);
            let above = &marks[near * stride..(near + 1) * stride];
            let below = &marks[far * stride..(far + 1) * stride];
            let mut any = 0;
            let start = first.saturating_sub(4);
            for ((v, a), b) in row[start..last].iter_mut().zip(&above[start..last]).zip(&below[start..last]) {
                *v = u16::from(*a) * 3 + u16::from(*b);
                any |= *v;
            }
            if any == 0 {
                continue;
            }
            let line = (y.wrapping_add(shift >> 9) % TOOTH) * TOOTH;
            let grain = &tooth[line..line + TOOTH];
            let line = (y * 3 / 4).wrapping_add(shift >> 20) % CLOUD * CLOUD;
            let swell = &clouds[line..line + CLOUD];
            let pixels = onto[(y * width + left) * 4..(y * width + right) * 4].chunks_exact_mut(4);
            for (x, under) in (left..right).zip(pixels) {
                let near = x / 2 * 4;
                let far = if x % 2 == 0 { near.saturating_sub(4) } else { (near + 4).min(stride - 4) };
                let (near, far) = (&row[near..near + 4], &row[far..far + 4]);
                let alpha = near[3] * 3 + far[3];
                if alpha < 16 {
                    continue;
                }
                let alpha = f32::from(alpha) * (1.0 / 4080.0);
                let cover = if plain {
                    alpha
                } else {
                    let mut t = f32::from(grain[x.wrapping_add(shift) % TOOTH]) * (1.0 / 255.0);
                    if soft {
                        t = 0.35 * t + 0.9 * swell[(x * 3 / 4).wrapping_add(shift) % CLOUD];
                    }
                    ((alpha * gain - t * bite) * sharp).clamp(0.0, 1.0).min(alpha) * most
                };
                let part = cover / alpha * (1.0 / 16.0);
                for ((under, near), far) in under.iter_mut().zip(near).zip(far).take(3) {
                    let ground = f32::from(*under);
                    let mut mark = f32::from(*near * 3 + *far) * part;
                    if ink {
                        mark *= 0.35 + 0.65 / 255.0 * ground;
                    }
                    *under = (ground * (1.0 - cover) + mark) as u8;
                }
            }
        }
        let clear = (top / 2).saturating_sub(1)..(bottom / 2 + 2).min(lines);
        marks[clear.start * stride..clear.end * stride].fill(0);
    }

    /// Shades a patch of the picture itself: `shade` is asked with coordinates from about -1.1 to 1.1
    /// across the patch and answers a colour and its cover.
    pub(super) fn patch(&mut self, at: At, size: At, turn: f32, shade: impl Fn(f32, f32) -> ([f32; 3], f32)) {
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
                for (under, own) in pixel.iter_mut().zip(colour) {
                    *under = mix(f32::from(*under), own, cover) as u8;
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
                (u * u, 1.035 - 0.055 * side * u)
            })
            .collect();
        let (red, blue) = (1.0 + 0.02 * warmth, 1.0 - 0.045 * warmth);
        let mut out = RgbImage::new(width, height);
        let from = self.base.data().chunks_exact(width as usize * 4);
        let to = out.chunks_exact_mut(width as usize * 3);
        for (y, (from, to)) in from.zip(to).enumerate() {
            let v = y as f32 / height as f32 * 2.0 - 1.0;
            let start = (y.wrapping_add(shift) % TOOTH) * TOOTH;
            let grain = &tooth[start..start + TOOTH];
            let pixels = from.chunks_exact(4).zip(to.chunks_exact_mut(3));
            for (x, ((pixel, out), (bow, lean))) in pixels.zip(&across).enumerate() {
                let far = bow + v * v;
                let light = (lean - 0.075 * far - 0.02 * far * far - 0.035 * v) * 4096.0;
                let noise = (i32::from(grain[x % TOOTH]) - 128) * 144;
                let tinted = [light * red, light, light * blue];
                for ((out, own), light) in out.iter_mut().zip(pixel).zip(tinted) {
                    *out = ((i32::from(*own) * light as i32 + noise) >> 12).clamp(0, 255) as u8;
                }
            }
        }
        out
    }
}

/// A circle, or an egg, as corners.
pub(super) fn oval(at: At, rx: f32, ry: f32) -> Vec<At> {
    let steps = (10.0 + rx.max(ry) * 0.5).min(44.0) as usize;
    (0..steps)
        .map(|i| {
            let (sin, cos) = (i as f32 / steps as f32 * TAU).sin_cos();
            (at.0 + rx * cos, at.1 + ry * sin)
        })
        .collect()
}
