//! What comes home in pockets: leaves, pebbles, shells, conkers.

use super::hand::curve;
use super::sheet::{At, Ink, Medium, Sheet, blend, cloud, mix, oval, rgb, rise, speckle, times};

/// The edge of a leaf that points up from `foot`, for a leaf `tall` units long.
fn leaf_edge(kind: usize, foot: At, tall: f32, turn: f32) -> Vec<At> {
    let half: &[At] = match kind {
        0 => &[
            (0.02, 0.0),
            (0.16, 0.12),
            (0.09, 0.2),
            (0.26, 0.3),
            (0.14, 0.4),
            (0.33, 0.54),
            (0.17, 0.62),
            (0.27, 0.76),
            (0.12, 0.82),
            (0.13, 0.95),
            (0.0, 1.0),
        ],
        1 => &[(0.02, 0.0), (0.2, 0.12), (0.31, 0.32), (0.3, 0.54), (0.18, 0.8), (0.0, 1.0)],
        2 => &[
            (0.03, 0.0),
            (0.3, -0.02),
            (0.5, 0.1),
            (0.34, 0.2),
            (0.56, 0.42),
            (0.34, 0.42),
            (0.3, 0.52),
            (0.36, 0.7),
            (0.18, 0.66),
            (0.0, 1.0),
        ],
        _ => &[(0.02, 0.0), (0.3, 0.1), (0.4, 0.3), (0.34, 0.5), (0.14, 0.68), (0.0, 0.92)],
    };
    let mut edge: Vec<At> = half.to_vec();
    edge.extend(half.iter().rev().skip(1).map(|p| (-p.0, p.1)));
    let round = if kind == 2 { edge } else { curve(&edge, true) };
    let (sin, cos) = turn.sin_cos();
    round
        .iter()
        .map(|p| {
            let (x, y) = (p.0 * tall, -p.1 * tall);
            (foot.0 + x * cos - y * sin, foot.1 + x * sin + y * cos)
        })
        .collect()
}

/// The ribs of such a leaf, the middle one first.
fn leaf_ribs(kind: usize, foot: At, tall: f32, turn: f32) -> Vec<Vec<At>> {
    let (sin, cos) = turn.sin_cos();
    let put = |x: f32, y: f32| {
        let (x, y) = (x * tall, -y * tall);
        (foot.0 + x * cos - y * sin, foot.1 + x * sin + y * cos)
    };
    let mut ribs = vec![vec![put(0.0, -0.22), put(0.01, 0.2), put(0.0, 0.94)]];
    if kind == 2 {
        for side in [-1.0f32, 1.0] {
            ribs.push(vec![put(0.0, 0.02), put(side * 0.24, 0.2), put(side * 0.5, 0.4)]);
            ribs.push(vec![put(0.0, 0.01), put(side * 0.2, 0.06), put(side * 0.43, 0.1)]);
            ribs.push(vec![put(0.0, 0.4), put(side * 0.14, 0.54), put(side * 0.31, 0.66)]);
        }
        return ribs;
    }
    for i in 0..6 {
        let y = 0.1 + i as f32 * 0.125;
        let reach =
            [0.17, 0.22, 0.25, 0.24, 0.19, 0.12][i] * if kind == 3 { [1.3, 1.2, 1.0, 0.66, 0.4, 0.2][i] } else { 1.0 };
        for side in [-1.0f32, 1.0] {
            ribs.push(vec![put(0.0, y), put(side * reach * 0.5, y + 0.07), put(side * reach, y + 0.12)]);
        }
    }
    ribs
}

pub(super) fn leaf_rubbing(s: &mut Sheet) {
    s.paper(0x8f_6a45, 0xf9_f6ec);
    let inks = [0xc8_5a1e, 0x4f_8a3c, 0x8a_3f24, 0xd8_9a1e, 0x3f_74a8];
    let places: [(At, f32, f32); 5] = [
        ((270.0, 440.0), 330.0, -0.25),
        ((600.0, 450.0), 350.0, 0.12),
        ((910.0, 430.0), 310.0, 0.26),
        ((410.0, 800.0), 300.0, 0.3),
        ((810.0, 810.0), 310.0, -0.3),
    ];
    let start = (s.dice.next() % 5) as usize;
    for (i, (foot, tall, turn)) in places.into_iter().enumerate() {
        let (kind, ink) = ((i + start) % 4, inks[(i + start) % 5]);
        let edge = leaf_edge(kind, foot, tall, turn);
        let middle = (foot.0 + turn.sin() * tall * 0.5, foot.1 - turn.cos() * tall * 0.5);
        let rub = curve(
            &oval(middle, tall * 0.48, tall * 0.6)
                .iter()
                .step_by(4)
                .map(|p| (p.0 + s.dice.about(26.0), p.1 + s.dice.about(26.0)))
                .collect::<Vec<_>>(),
            true,
        );
        s.scribble(&rub, 66.0 + turn * 40.0, 15.0, 17.0, Ink(ink, 0.6));
        s.lay(Medium::Crayon);
        s.scribble(&edge, 62.0 + turn * 40.0, 9.0, 12.0, Ink(ink, 0.74));
        s.outline(&edge, 5.0, Ink(ink, 0.92));
        for (n, rib) in leaf_ribs(kind, foot, tall, turn).iter().enumerate() {
            s.line(&curve(rib, false), if n == 0 { 9.0 } else { 5.0 }, Ink(ink, 1.0));
        }
        s.lay(Medium::Crayon);
    }
    s.write("our leaves", (90.0, 836.0), 26.0, 4.4, Ink(0x3c_3b3f, 0.85));
    s.write("october", (940.0, 838.0), 26.0, 4.4, Ink(0x3c_3b3f, 0.85));
    s.lay(Medium::Pencil);
}

pub(super) fn pressed_leaves(s: &mut Sheet) {
    s.paper(0x70_543c, 0xf2_ead6);
    let tones = [0xb8_5c1c, 0x9a_3220, 0xd0_9422, 0x7a_8438, 0x8c_5a2a, 0xc2_7a24];
    let places: [(At, f32, f32); 7] = [
        ((215.0, 400.0), 290.0, -0.2),
        ((490.0, 380.0), 260.0, 0.1),
        ((755.0, 400.0), 290.0, -0.08),
        ((990.0, 390.0), 230.0, 0.12),
        ((330.0, 760.0), 260.0, 0.18),
        ((640.0, 770.0), 290.0, -0.15),
        ((910.0, 770.0), 260.0, 0.12),
    ];
    let start = (s.dice.next() % 6) as usize;
    let names = ["oak", "beech", "maple", "lime"];
    for (i, (foot, tall, turn)) in places.into_iter().enumerate() {
        let (kind, tone) = ((i * 3 + start) % 4, tones[(i + start) % 6]);
        let turn = turn + s.dice.about(0.15);
        let edge = leaf_edge(kind, foot, tall, turn);
        let edge = s.wobble(&edge, 1.6);
        let under: Vec<At> = edge.iter().map(|p| (p.0 + 4.0, p.1 + 6.0)).collect();
        s.fill(&under, Ink(0x40_2c14, 0.28));
        s.fill(&edge, Ink(tone, 0.97));
        s.lay(Medium::Plain);
        for _ in 0..9 {
            let at = (
                foot.0 + turn.sin() * tall * 0.5 + s.dice.about(tall * 0.2),
                foot.1 - turn.cos() * tall * s.dice.span(0.2, 0.8),
            );
            let r = s.dice.span(10.0, 34.0);
            let mark = s.dice.pick(&[0x5a_3414, 0xe0_a83c, 0x6a_6a2c]);
            s.fill(&oval(at, r, r * 0.8), Ink(mark, 0.16));
        }
        s.lay(Medium::Wash);
        for (n, rib) in leaf_ribs(kind, foot, tall, turn).iter().enumerate() {
            let rib = curve(rib, false);
            let rib = s.wobble(&rib, 1.0);
            s.stroke(&rib, if n == 0 { 5.0 } else { 2.2 }, Ink(0x5a_3818, 0.7));
            let lit: Vec<At> = rib.iter().map(|p| (p.0 - 1.4, p.1 - 1.4)).collect();
            s.stroke(&lit, if n == 0 { 1.8 } else { 1.0 }, Ink(0xf0_c880, 0.55));
        }
        s.lay(Medium::Plain);
        let name = names[kind];
        s.write(name, (foot.0 + 26.0, foot.1 + 42.0), 22.0, 3.4, Ink(0x3c_3630, 0.9));
        if i % 2 == 0 {
            let stem = (foot.0 - turn.sin() * tall * 0.1, foot.1 + tall * 0.1);
            let tape = [
                (stem.0 - 42.0, stem.1 - 12.0),
                (stem.0 + 40.0, stem.1 - 16.0),
                (stem.0 + 42.0, stem.1 + 8.0),
                (stem.0 - 40.0, stem.1 + 12.0),
            ];
            s.lay(Medium::Pencil);
            s.fill(&tape, Ink(0xfc_f8ea, 0.45));
            s.outline(&tape, 1.2, Ink(0xb8_aa8c, 0.4));
            s.lay(Medium::Plain);
        }
        s.lay(Medium::Pencil);
    }
}

/// A stone, lit from the top left.
fn stone(s: &mut Sheet, at: At, size: At, turn: f32, tone: u32) {
    s.shadow((at.0 + size.0 * 0.16, at.1 + size.1 * 0.26), (size.0 * 1.1, size.1 * 1.08), turn, 0.75);
    let base = rgb(tone);
    let (sx, sy) = (s.dice.span(0.0, 500.0), s.dice.span(0.0, 500.0));
    let vein = s.dice.unit() < 0.28;
    let slant = s.dice.about(1.2);
    let (sin, cos) = turn.sin_cos();
    s.patch(at, size, turn, move |u, v| {
        let bump = cloud(sx + u * 22.0, sy + v * 22.0);
        let d = u * u + v * v + 0.42 * (bump - 0.5);
        if d > 1.02 {
            return (base, 0.0);
        }
        let nz = (1.0 - d.clamp(0.0, 0.985)).sqrt();
        let (wx, wy) = (u * cos - v * sin, u * sin + v * cos);
        let lit = (-0.5 * wx - 0.58 * wy + 0.72 * nz).max(0.0);
        let grit = speckle(sx + u * size.0, sy + v * size.1) - 0.5;
        let mut skin = times(base, 0.9 + 0.34 * (cloud(sy + u * 60.0, sx + v * 60.0) - 0.5) + 0.2 * grit);
        if vein {
            let line = (v + slant * u + 0.5 * (bump - 0.5)).abs();
            skin = blend(skin, [236.0, 232.0, 222.0], 0.75 * rise(0.11, 0.03, line));
        }
        let shine = (lit - 0.86).max(0.0) * 120.0;
        let c = times(skin, 0.36 + 0.74 * lit);
        ([c[0] + shine, c[1] + shine, c[2] + shine], rise(1.02, 0.93, d))
    });
}

fn sand(s: &mut Sheet, tone: u32) {
    let (a, b) = (s.dice.span(0.0, 400.0), s.dice.span(0.0, 400.0));
    let base = rgb(tone);
    s.ground(2, |x, y| {
        let swell = cloud(x * 0.22 + a, y * 0.34 + b);
        let grit = speckle(x + a, y) - 0.5;
        let dark = rise(0.86, 0.96, speckle(x * 0.7 + b, y * 0.7 + a));
        times(base, 0.8 + 0.34 * swell + 0.2 * grit - 0.3 * dark)
    });
}

pub(super) fn pebble_spiral(s: &mut Sheet) {
    sand(s, 0xcf_b58c);
    let tones = [0x8c_8f96, 0x6f_747c, 0xb8_a890, 0x9c_7a68, 0xd8_d0c2, 0x5c_6068, 0xa8_9484, 0x80_8c88];
    let mut angle = s.dice.span(0.0, 6.0);
    let mut radius = 12.0f32;
    let mut placed = 0;
    while radius < 455.0 && placed < 120 {
        let size = 17.0 + radius * 0.05 + s.dice.about(3.0);
        let (sin, cos) = angle.sin_cos();
        let at = (600.0 + radius * cos * 1.06, 450.0 + radius * sin * 0.92);
        let tone = s.dice.pick(&tones);
        let squash = s.dice.span(0.68, 0.92);
        let turn = angle + 1.57 + s.dice.about(0.4);
        stone(s, at, (size, size * squash), turn, tone);
        angle += size * 2.08 / radius.max(22.0);
        radius += size * 2.08 / radius.max(22.0) * 11.4;
        placed += 1;
    }
    for _ in 0..10 {
        let at = (s.dice.span(30.0, 1170.0), s.dice.span(20.0, 880.0));
        if (at.0 - 600.0).hypot(at.1 - 450.0) > 500.0 {
            let size = s.dice.span(7.0, 18.0);
            let tone = s.dice.pick(&tones);
            stone(s, at, (size, size * 0.8), s.dice.clone().unit() * 3.0, tone);
        }
    }
}

/// A fan-shaped shell, opening upwards before it is turned.
fn scallop(s: &mut Sheet, at: At, size: f32, turn: f32, tone: u32) {
    s.shadow((at.0 + size * 0.14, at.1 + size * 0.2), (size * 1.05, size * 1.0), turn, 0.75);
    let base = rgb(tone);
    let shift = s.dice.span(0.0, 300.0);
    s.patch(at, (size, size), turn, move |u, v| {
        let (x, y) = (u, 0.82 - v);
        if y <= 0.02 || x * x + y * y > 2.9 {
            return (base, 0.0);
        }
        let r = x.hypot(y) / 1.72;
        let angle = x.atan2(y);
        let rib = (angle * 13.0).cos();
        let edge = 0.94 + 0.025 * rib - 0.12 * angle.abs() * angle.abs();
        let ears = y < 0.34 && y > 0.02 && x.abs() < 0.44 - y * 0.5;
        let inside = r < edge && angle.abs() < 0.98;
        if !inside && !ears {
            return (base, 0.0);
        }
        let band = 0.5 + 0.5 * (r * 30.0 + cloud(shift + u * 9.0, v * 9.0) * 4.0).sin();
        let bow = (1.0 - (x * 0.75).powi(2)).max(0.0) * (1.0 - 0.5 * (r - 0.45).powi(2));
        let lit = 0.58 + 0.34 * bow + 0.13 * rib * r - 0.18 * x - 0.04 * band;
        let pale = blend(base, [250.0, 240.0, 226.0], (0.7 * (1.0 - r) + 0.24 * band * r).clamp(0.0, 1.0));
        let cover = if ears && !inside { 1.0 } else { rise(edge, edge - 0.03, r) };
        (times(pale, lit + 0.06 * (speckle(shift + u * 60.0, v * 60.0) - 0.5)), cover)
    });
}

/// A pointed, winding shell.
fn whelk(s: &mut Sheet, at: At, size: f32, turn: f32, tone: u32) {
    s.shadow((at.0 + size * 0.12, at.1 + size * 0.16), (size, size * 0.55), turn, 0.8);
    let base = rgb(tone);
    s.patch(at, (size, size * 0.56), turn, move |u, v| {
        let t = (u + 1.0) / 2.0;
        let whorl = (t.max(0.001).ln() * 5.2 - v * 0.9).rem_euclid(std::f32::consts::TAU);
        let bulge = 0.06 * t * (t.max(0.001).ln() * 5.2 * 1.0).sin();
        let half = (0.06 + 0.92 * t.powf(0.9) * rise(1.04, 0.82, t)) * 0.95 + bulge;
        if t <= 0.0 || v.abs() > half {
            return (base, 0.0);
        }
        let across = v / half;
        let lit = 0.5 + 0.5 * (1.0 - across * across).sqrt() - 0.2 * across;
        let seam = rise(0.7, 0.1, whorl) * 0.3;
        let mouth = rise(0.55, 0.8, t) * rise(-0.05, 0.3, across) * rise(0.95, 0.6, across);
        let stripe = 0.1 * (whorl * 3.0).sin();
        let skin = blend(base, [246.0, 232.0, 212.0], 0.35 + stripe);
        let skin = blend(skin, [120.0, 74.0, 58.0], mouth * 0.75);
        (times(skin, lit - seam), rise(half, half - 0.05, v.abs()))
    });
}

pub(super) fn shells(s: &mut Sheet) {
    sand(s, 0xd9_c29a);
    let tones = [0xd8_8a70, 0xc8_9c78, 0xe0_b4a0, 0xb0_8494, 0xcf_a45c];
    let spots: [(At, f32); 9] = [
        ((230.0, 240.0), 118.0),
        ((560.0, 230.0), 96.0),
        ((900.0, 220.0), 126.0),
        ((340.0, 560.0), 100.0),
        ((640.0, 540.0), 132.0),
        ((980.0, 560.0), 104.0),
        ((170.0, 750.0), 84.0),
        ((520.0, 780.0), 82.0),
        ((820.0, 770.0), 92.0),
    ];
    for (i, (at, size)) in spots.into_iter().enumerate() {
        let at = (at.0 + s.dice.about(34.0), at.1 + s.dice.about(28.0));
        let turn = s.dice.about(1.1);
        let tone = s.dice.pick(&tones);
        match i % 3 {
            0 => scallop(s, at, size, turn, tone),
            1 => whelk(s, at, size, turn + 0.6, tone),
            _ => scallop(s, at, size * 0.86, turn + 2.2, s.dice.clone().pick(&tones)),
        }
    }
    for _ in 0..26 {
        let at = (s.dice.span(20.0, 1180.0), s.dice.span(20.0, 880.0));
        let size = s.dice.span(5.0, 15.0);
        let tone = s.dice.pick(&[0x8c_8f96, 0xb8_a890, 0xe6_dccb, 0x6f_6a68]);
        if spots.iter().all(|p| (p.0.0 - at.0).hypot(p.0.1 - at.1) > p.1 + 40.0) {
            stone(s, at, (size, size * 0.8), 0.4, tone);
        }
    }
    let weed = curve(&[(1040.0, 880.0), (1080.0, 800.0), (1050.0, 740.0), (1100.0, 680.0)], false);
    for lane in 0..5 {
        let strand: Vec<At> = weed.iter().map(|p| (p.0 + lane as f32 * 13.0, p.1 + lane as f32 * 6.0)).collect();
        let strand = s.wobble(&strand, 8.0);
        s.stroke(&strand, 8.0, Ink(0x4a_4a24, 0.85));
    }
    s.lay(Medium::Wash);
}

pub(super) fn conkers(s: &mut Sheet) {
    let shift = s.dice.span(0.0, 300.0);
    s.ground(2, |x, y| {
        let bend = cloud(x * 0.12 + shift, y * 0.12) * 90.0;
        let blade = cloud((x + bend) * 1.5 + shift, y * 0.4 + bend);
        let low = cloud(x * 0.24, y * 0.24 + shift);
        times(blend(rgb(0x32_4e24), rgb(0x86_a04c), mix(blade, low, 0.35)), 0.74 + 0.4 * blade)
    });
    for _ in 0..420 {
        let foot = (s.dice.span(-10.0, 1210.0), s.dice.span(0.0, 940.0));
        let (lean, tall) = (s.dice.about(30.0), s.dice.span(34.0, 80.0));
        let green = s.dice.pick(&[0x5f_8a38, 0x8a_b052, 0x3a_5e28, 0x74_9a44]);
        let tip = (foot.0 + lean, foot.1 - tall);
        s.fill(
            &[(foot.0 - 3.5, foot.1), (foot.0 + lean * 0.4, foot.1 - tall * 0.6), tip, (foot.0 + 3.5, foot.1)],
            Ink(green, 0.6),
        );
    }
    s.lay(Medium::Plain);
    for i in 0..7 {
        let foot = (s.dice.span(60.0, 1140.0), s.dice.span(200.0, 900.0));
        let (tall, turn) = (s.dice.span(190.0, 280.0), s.dice.about(3.0));
        let tone = s.dice.pick(&[0xb8_7424, 0xa8_5a20, 0xc8_9a34, 0x8a_6a2c]);
        let edge = leaf_edge(i % 4, foot, tall, turn);
        let under: Vec<At> = edge.iter().map(|p| (p.0 + 6.0, p.1 + 9.0)).collect();
        s.fill(&under, Ink(0x10_1808, 0.4));
        s.fill(&edge, Ink(tone, 0.98));
        for (n, rib) in leaf_ribs(i % 4, foot, tall, turn).iter().enumerate() {
            s.stroke(&curve(rib, false), if n == 0 { 4.5 } else { 2.0 }, Ink(0xe8_bc6c, 0.6));
        }
        s.lay(Medium::Plain);
    }
    let spots: [At; 11] = [
        (300.0, 300.0),
        (470.0, 250.0),
        (640.0, 330.0),
        (400.0, 440.0),
        (570.0, 480.0),
        (760.0, 460.0),
        (830.0, 290.0),
        (300.0, 590.0),
        (480.0, 640.0),
        (680.0, 630.0),
        (880.0, 600.0),
    ];
    for (i, at) in spots.into_iter().enumerate() {
        let at = (at.0 + s.dice.about(26.0), at.1 + s.dice.about(24.0));
        let size = s.dice.span(64.0, 84.0);
        let turn = s.dice.about(3.1);
        s.shadow((at.0 + 14.0, at.1 + 22.0), (size * 1.12, size), 0.0, 0.9);
        let (sx, squash) = (s.dice.span(0.0, 400.0), s.dice.span(0.86, 0.98));
        let scar = i % 3 != 1;
        let (sin, cos) = turn.sin_cos();
        s.patch(at, (size, size * squash), turn, move |u, v| {
            let d = u * u + v * v + 0.08 * (cloud(sx + u * 14.0, v * 14.0) - 0.5);
            if d > 1.01 {
                return ([0.0; 3], 0.0);
            }
            let nz = (1.0 - d.clamp(0.0, 0.99)).sqrt();
            let (wx, wy) = (u * cos - v * sin, u * sin + v * cos);
            let lit = (-0.46 * wx - 0.56 * wy + 0.7 * nz).max(0.0);
            let ring = cloud(sx + u * 30.0 + v * 8.0, v * 11.0 + d * 26.0);
            let mut skin = blend(rgb(0x4a_1a08), rgb(0x9a_4a1c), ring);
            if scar {
                let far = ((u - 0.55) / 0.42).powi(2) + (v / 0.5).powi(2) + 0.3 * (ring - 0.5);
                skin = blend(skin, rgb(0xd8_c09a), rise(1.0, 0.82, far));
            }
            let glint = rise(0.93, 1.0, -0.36 * wx - 0.5 * wy + 0.79 * nz) * 150.0;
            let c = times(skin, 0.3 + 0.86 * lit);
            ([c[0] + glint, c[1] + glint, c[2] + glint], rise(1.01, 0.95, d))
        });
    }
}
