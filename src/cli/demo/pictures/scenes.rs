//! Out of doors, on the window sill and from the oven.

use super::hand::curve;
use super::sheet::{At, Ink, Medium, Sheet, blend, cloud, mix, oval, rgb, rise, speckle, times};

pub(super) fn beach(s: &mut Sheet) {
    let (a, b) = (s.dice.span(0.0, 400.0), s.dice.span(0.0, 400.0));
    let (high, low, horizon) = (rgb(0x7f_b4dc), rgb(0xe6_eee9), 352.0);
    let (deep, shallow) = (rgb(0x2f_6f8c), rgb(0x8f_c2bc));
    let (wet, dry) = (rgb(0xa4_8a68), rgb(0xe0_c898));
    s.ground(2, |x, y| {
        if y < horizon {
            let t = y / horizon;
            let sky = blend(high, low, t.sqrt());
            let veil = cloud(x * 0.16 + a, y * 0.5 + b) * 0.7 + cloud(x * 0.5 + b, y * 1.3) * 0.3;
            return blend(sky, [252.0, 250.0, 246.0], rise(0.5, 0.8, veil) * 0.85);
        }
        let shore = 560.0 + 46.0 * (x * 0.0042 + a).sin() + 30.0 * cloud(x * 0.18, b) - 0.05 * x;
        if y < shore {
            let t = (y - horizon) / (shore - horizon);
            let near = 0.4 + t * 0.7;
            let wave = cloud(x * 0.22 / near + a, (y - horizon) * 1.5 / near + b);
            let water = blend(deep, shallow, rise(0.1, 1.0, t));
            let crest = rise(0.6, 0.74, wave) * (0.24 + 0.3 * t);
            let foam = rise(20.0, 4.0, shore - y + 15.0 * (cloud(x * 0.7, y * 0.7) - 0.5))
                + 0.8 * rise(13.0, 2.0, (shore - y - 62.0 + 42.0 * (cloud(x * 0.3 + b, 7.0) - 0.5)).abs());
            let lit = times(water, 0.9 + 0.18 * wave);
            return blend(lit, [250.0, 252.0, 250.0], (crest + foam).clamp(0.0, 0.94));
        }
        let t = rise(0.0, 120.0, y - shore);
        let grit = speckle(x + a, y) - 0.5;
        let swell = cloud(x * 0.16 + b, y * 0.6 + a);
        let ground = times(blend(wet, dry, t), 0.86 + 0.24 * swell + 0.13 * grit * rise(0.0, 220.0, y - shore));
        let sheen = rise(40.0, 0.0, y - shore) * 0.35;
        blend(ground, [206.0, 220.0, 224.0], sheen)
    });
    let far: Vec<At> = curve(
        &[
            (640.0, 352.0),
            (760.0, 322.0),
            (860.0, 290.0),
            (960.0, 300.0),
            (1080.0, 262.0),
            (1230.0, 250.0),
            (1230.0, 356.0),
        ],
        false,
    );
    s.fill(&far, Ink(0x74_8a86, 0.92));
    let near: Vec<At> = curve(
        &[(880.0, 354.0), (960.0, 330.0), (1040.0, 318.0), (1130.0, 296.0), (1230.0, 284.0), (1230.0, 362.0)],
        false,
    );
    s.fill(&near, Ink(0x5f_7658, 0.95));
    let sail = [(300.0, 346.0), (300.0, 300.0), (332.0, 344.0)];
    s.fill(&sail, Ink(0xf8_f4ea, 0.95));
    s.fill(&[(284.0, 348.0), (340.0, 348.0), (330.0, 356.0), (292.0, 356.0)], Ink(0x8a_3a30, 0.95));
    s.lay(Medium::Wash);
    s.shadow((850.0, 790.0), (130.0, 24.0), 0.0, 0.55);
    let mound =
        curve(&[(760.0, 792.0), (776.0, 700.0), (820.0, 690.0), (880.0, 690.0), (910.0, 704.0), (930.0, 790.0)], true);
    s.fill(&mound, Ink(0xc4_a674, 1.0));
    let shade = curve(&[(850.0, 792.0), (862.0, 694.0), (880.0, 690.0), (910.0, 704.0), (930.0, 790.0)], true);
    s.fill(&shade, Ink(0x8a_6c44, 0.55));
    for x in [772.0f32, 812.0, 852.0, 892.0] {
        s.fill(&[(x, 694.0), (x + 22.0, 694.0), (x + 22.0, 668.0), (x, 668.0)], Ink(0xbc_9c6a, 1.0));
        s.fill(&[(x + 14.0, 694.0), (x + 22.0, 694.0), (x + 22.0, 668.0), (x + 14.0, 668.0)], Ink(0x8a_6c44, 0.5));
    }
    s.stroke(&[(846.0, 670.0), (846.0, 600.0)], 4.0, Ink(0x6a_4a2c, 1.0));
    s.fill(&[(847.0, 602.0), (896.0, 616.0), (847.0, 634.0)], Ink(0xc8_3f34, 1.0));
    s.fill(&[(1000.0, 740.0), (1070.0, 736.0), (1058.0, 806.0), (1014.0, 808.0)], Ink(0x2f_72b4, 1.0));
    s.fill(&oval((1035.0, 739.0), 35.0, 9.0), Ink(0x1c_4a7c, 1.0));
    s.stroke(&curve(&[(1002.0, 738.0), (1030.0, 690.0), (1068.0, 736.0)], false), 4.0, Ink(0xf0_efe8, 0.95));
    s.lay(Medium::Plain);
    for i in 0..9 {
        let at = (150.0 + i as f32 * 58.0 + s.dice.about(8.0), 842.0 - i as f32 * 21.0 + (i % 2) as f32 * 22.0);
        let size = 15.0 - i as f32 * 0.8;
        s.shadow(at, (size, size * 0.52), -0.4, 0.42);
    }
    for at in [(480.0, 150.0), (540.0, 120.0), (600.0, 168.0)] {
        s.stroke(
            &curve(
                &[
                    (at.0 - 26.0, at.1 - 4.0),
                    (at.0 - 12.0, at.1 - 12.0),
                    at,
                    (at.0 + 12.0, at.1 - 12.0),
                    (at.0 + 26.0, at.1 - 2.0),
                ],
                false,
            ),
            3.2,
            Ink(0x50_5a62, 0.85),
        );
    }
    s.lay(Medium::Plain);
}

pub(super) fn woodland(s: &mut Sheet) {
    let (a, b) = (s.dice.span(0.0, 400.0), s.dice.span(0.0, 400.0));
    let autumn = s.dice.unit() < 0.4;
    let (leaf, pale, floor) = if autumn {
        (rgb(0x9a_6420), rgb(0xf6_dc90), rgb(0x7a_5228))
    } else {
        (rgb(0x40_6a34), rgb(0xe4_eeb4), rgb(0x4c_6232))
    };
    let glow: At = (s.dice.span(420.0, 780.0), 250.0);
    s.ground(3, |x, y| {
        let d = ((x - glow.0) / 560.0).hypot((y - glow.1) / 430.0);
        let leaves = cloud(x * 0.55 + a, y * 0.55 + b) * 0.6 + cloud(x * 1.6 + b, y * 1.6) * 0.4;
        let light = (1.0 - d).max(0.0);
        let canopy =
            blend(times(leaf, 0.5 + 0.75 * leaves), pale, (light * 1.05 + 0.5 * (leaves - 0.5)).clamp(0.0, 1.0));
        let earth = rise(560.0, 640.0, y + 40.0 * (cloud(x * 0.3, a) - 0.5));
        let litter = cloud(x * 0.9 + b, y * 1.9 + a);
        let path = rise(1.0, 0.4, ((x - glow.0) / (60.0 + (y - 540.0).max(0.0) * 0.75)).abs());
        let ground = blend(times(floor, 0.55 + 0.7 * litter), times(rgb(0xc8_a878), 0.7 + 0.4 * litter), path * 0.72);
        let dapple = rise(0.54, 0.72, cloud(x * 0.34 + a, y * 0.8 + b)) * 0.34;
        blend(canopy, blend(ground, pale, dapple), earth)
    });
    for layer in 0..3 {
        let depth = layer as f32;
        let count = 11 - layer * 3;
        for i in 0..count {
            let x = (i as f32 + 0.5 + s.dice.about(0.36)) * 1240.0 / count as f32 - 20.0;
            let keep_clear = (x - glow.0).abs() < 90.0 + depth * 60.0;
            if keep_clear {
                continue;
            }
            let wide = 9.0 + depth * 17.0 + s.dice.span(0.0, 9.0 + depth * 8.0);
            let foot = 600.0 + depth * 74.0 + s.dice.about(16.0);
            let lean = s.dice.about(26.0);
            let bark = [0x8a_8a5c, 0x5f_5638, 0x38_2e22][layer];
            let light = [0xe8_e4b0, 0xc8_b478, 0x9a_8454][layer];
            let side = if x < glow.0 { 1.0 } else { -1.0 };
            let trunk = curve(
                &[
                    (x - wide * 1.5, foot),
                    (x - wide * 0.9, foot - 60.0),
                    (x - wide * 0.7 + lean * 0.5, 280.0),
                    (x - wide * 0.55 + lean, -30.0),
                    (x + wide * 0.55 + lean, -30.0),
                    (x + wide * 0.7 + lean * 0.5, 280.0),
                    (x + wide * 0.9, foot - 60.0),
                    (x + wide * 1.5, foot),
                ],
                false,
            );
            s.shadow((x, foot), (wide * 2.2, 5.0 + 6.0 * depth), 0.0, 0.12 + 0.16 * depth);
            s.fill(&trunk, Ink(bark, 0.6 + 0.19 * depth));
            for streak in 0..3 {
                let off = side * wide * (0.62 - streak as f32 * 0.2);
                let edge = [(x + off, foot - 30.0), (x + off * 0.8 + lean * 0.5, 280.0), (x + off * 0.7 + lean, -20.0)];
                let edge = s.wobble(&edge, 3.0);
                s.stroke(&edge, wide * 0.22, Ink(light, 0.2 + 0.06 * depth));
            }
            if layer > 0 {
                let fork = s.dice.span(140.0, 330.0);
                let reach = s.dice.span(90.0, 180.0) * if s.dice.unit() < 0.5 { 1.0 } else { -1.0 };
                let branch = curve(
                    &[(x + lean * 0.4, fork + 60.0), (x + reach * 0.5, fork - 10.0), (x + reach, fork - 90.0)],
                    false,
                );
                let branch = s.wobble(&branch, 4.0);
                s.stroke(&branch, wide * 0.3, Ink(bark, 0.8));
            }
        }
        for _ in 0..(9 + layer * 3) {
            let edge = s.dice.unit() * s.dice.unit();
            let middle = (s.dice.span(-20.0, 1220.0), (340.0 - depth * 60.0) * edge);
            for _ in 0..(13 + layer * 5) {
                let at = (middle.0 + s.dice.about(100.0), middle.1 + s.dice.about(58.0));
                let (sin, cos) = s.dice.span(0.0, std::f32::consts::TAU).sin_cos();
                let r = s.dice.span(5.0, 9.0 + depth * 4.0);
                let ink = if autumn {
                    s.dice.pick(&[0xc8_7a1e, 0xe0_a83c, 0x9a_4a1c, 0xd8_9430])
                } else {
                    s.dice.pick(&[0x4f_8238, 0x86_b04a, 0x2f_5a2a, 0x6a_9a3e])
                };
                let tip = (at.0 + cos * r * 1.7, at.1 + sin * r * 1.7);
                let tail = (at.0 - cos * r * 1.5, at.1 - sin * r * 1.5);
                let side = (at.0 - sin * r * 0.8, at.1 + cos * r * 0.8);
                let other = (at.0 + sin * r * 0.8, at.1 - cos * r * 0.8);
                s.fill(&[tip, side, tail, other], Ink(ink, 0.5 + 0.12 * depth));
            }
        }
        s.lay(Medium::Wash);
    }
    for i in 0..5 {
        let x = glow.0 - 240.0 + i as f32 * 120.0 + s.dice.about(30.0);
        let slide = (x - glow.0) * 1.3 - 60.0;
        let wide = s.dice.span(16.0, 40.0);
        s.fill(
            &[(x, -10.0), (x + wide, -10.0), (x + slide + wide * 2.6, 760.0), (x + slide, 760.0)],
            Ink(0xff_f6cc, 0.1),
        );
    }
    s.lay(Medium::Plain);
    for _ in 0..70 {
        let y = s.dice.span(690.0, 910.0);
        let x = s.dice.span(0.0, 1200.0);
        if (x - glow.0).abs() < (y - 540.0) * 0.6 {
            continue;
        }
        for lean in [-14.0f32, -4.0, 7.0, 16.0] {
            let tall = s.dice.span(22.0, 46.0) * (y / 800.0);
            let ink = if autumn { 0x8a_6c30 } else { s.dice.pick(&[0x3f_6a2c, 0x6c_943c]) };
            s.stroke(&[(x, y), (x + lean * 0.5, y - tall * 0.6), (x + lean, y - tall)], 3.0, Ink(ink, 0.7));
        }
    }
    s.lay(Medium::Plain);
}

/// A pot of fired clay with its rim: the middle of its foot, its height and width at the top.
fn pot(s: &mut Sheet, foot: At, tall: f32, wide: f32, tone: u32) {
    let base = rgb(tone);
    let shift = s.dice.span(0.0, 300.0);
    s.shadow((foot.0 + wide * 0.2, foot.1 + 2.0), (wide * 0.62, tall * 0.13), 0.0, 0.85);
    s.patch((foot.0, foot.1 - tall / 2.0), (wide / 2.0, tall / 2.0), 0.0, move |u, v| {
        let rim = v < -0.6;
        let half = if rim { 1.0 } else { mix(0.9, 0.66, (v + 0.6) / 1.6) };
        let sag = 0.1 * (1.0 - (u / half).powi(2)).max(0.0).sqrt();
        if v > 0.92 + sag || v < -1.0 - sag * 0.2 || u.abs() > half {
            return (base, 0.0);
        }
        let across = u / half;
        let lit = 0.42 + 0.62 * (1.0 - (across + 0.34).powi(2) * 0.62) - 0.1 * rise(0.4, 1.0, across);
        let under = if rim { 0.0 } else { rise(-0.42, -0.58, v) * 0.3 };
        let bloom =
            0.22 * (cloud(shift + u * 30.0, v * 34.0) - 0.5) + 0.08 * (speckle(shift + u * 90.0, v * 90.0) - 0.5);
        (times(base, lit - under + bloom), rise(half, half - 0.03, u.abs()))
    });
    let top = (foot.0, foot.1 - tall);
    s.fill(&oval(top, wide * 0.5, wide * 0.1), Ink(0x8a_4a2c, 1.0));
    s.fill(&oval((top.0, top.1 + 3.0), wide * 0.45, wide * 0.08), Ink(0x35_261a, 1.0));
    s.lay(Medium::Plain);
}

pub(super) fn seedlings(s: &mut Sheet) {
    let (a, b) = (s.dice.span(0.0, 400.0), s.dice.span(0.0, 400.0));
    s.ground(2, |x, y| {
        if y > 690.0 {
            let grain = cloud(x * 0.1 + a, y * 1.4);
            let front = rise(846.0, 852.0, y);
            return times(rgb(0xec_e4d6), (0.88 + 0.12 * grain) * (1.0 - 0.2 * front));
        }
        let bar = (x - 600.0).abs() < 17.0 || !(50.0..1150.0).contains(&x) || y < 34.0;
        if bar {
            return times(rgb(0xf0_ece2), 0.9 + 0.08 * rise(600.0, 590.0, x));
        }
        let sky = blend(rgb(0xb8_d6ea), rgb(0xee_f2ea), y / 480.0);
        let hedge = rise(0.0, 90.0, y - 400.0 + 150.0 * (cloud(x * 0.22 + a, y * 0.2) - 0.5));
        let leaves = cloud(x * 0.4 + b, y * 0.4 + a);
        blend(sky, blend(rgb(0x86_a872), rgb(0xc4_d49c), leaves), hedge * 0.85)
    });
    let count = 4;
    for i in 0..count {
        let x = 205.0 + i as f32 * 265.0 + s.dice.about(14.0);
        let foot = (x, 800.0 + s.dice.about(8.0));
        let tone = s.dice.pick(&[0xc8_7048, 0xc0_6238, 0xb8_7a54]);
        pot(s, foot, 210.0, 212.0, tone);
        let top = foot.1 - 208.0;
        let sprouts = if i == 2 { 2 } else { 3 };
        for n in 0..sprouts {
            let root = x + (n as f32 - (sprouts - 1) as f32 / 2.0) * 46.0 + s.dice.about(8.0);
            let tall = s.dice.span(60.0, 190.0);
            let sway = s.dice.about(26.0);
            let stem =
                curve(&[(root, top + 8.0), (root + sway * 0.3, top - tall * 0.5), (root + sway, top - tall)], false);
            s.stroke(&stem, 7.0, Ink(0x7d_aa4c, 1.0));
            let pairs = if tall > 130.0 { 2 } else { 1 };
            for pair in 0..pairs {
                let up = 1.0 - pair as f32 * 0.42;
                let at = (root + sway * up, top - tall * up);
                for side in [-1.0f32, 1.0] {
                    let size = s.dice.span(34.0, 54.0);
                    let leaf = curve(
                        &[
                            at,
                            (at.0 + side * size * 0.5, at.1 - size * 0.52),
                            (at.0 + side * size * 1.15, at.1 - size * 0.3),
                            (at.0 + side * size * 0.62, at.1 + size * 0.1),
                        ],
                        true,
                    );
                    let green = s.dice.pick(&[0x5f_9a3c, 0x74_ac48, 0x4f_8a38]);
                    s.fill(&leaf, Ink(green, 1.0));
                    s.stroke(
                        &[at, (at.0 + side * size * 0.6, at.1 - size * 0.2), (at.0 + side * size, at.1 - size * 0.26)],
                        2.0,
                        Ink(0xc0_dc8c, 0.8),
                    );
                }
            }
        }
        let stick = x + 74.0;
        s.fill(
            &[(stick, top - 86.0), (stick + 26.0, top - 84.0), (stick + 22.0, top + 10.0), (stick + 6.0, top + 10.0)],
            Ink(0xf2_e6c8, 1.0),
        );
        s.lay(Medium::Plain);
        for row in 0..3 {
            let y = top - 66.0 + row as f32 * 16.0;
            s.stroke(&[(stick + 6.0, y), (stick + 19.0, y + 1.0)], 2.4, Ink(0x3a_5a8a, 0.7));
        }
        s.lay(Medium::Plain);
    }
    s.fill(&[(120.0, 690.0), (420.0, 690.0), (180.0, 850.0), (-160.0, 850.0)], Ink(0xff_f4c8, 0.16));
    s.fill(&[(640.0, 690.0), (1010.0, 690.0), (800.0, 850.0), (380.0, 850.0)], Ink(0xff_f4c8, 0.16));
    s.lay(Medium::Plain);
}

fn table(s: &mut Sheet, tone: u32, wall: u32) {
    let shift = s.dice.span(0.0, 400.0);
    let (wood, back) = (rgb(tone), rgb(wall));
    s.ground(2, |x, y| {
        let edge = 330.0;
        if y < edge {
            let soft = cloud(x * 0.1 + shift, y * 0.1);
            return times(back, 0.82 + 0.14 * soft + 0.1 * (1.0 - x / 1200.0));
        }
        let near = (y - edge) / 570.0;
        let grain = cloud(x * 0.05 + shift, (y - edge) * 0.7 / (0.4 + near) + cloud(x * 0.2, shift) * 8.0);
        times(wood, 0.7 + 0.34 * grain + 0.2 * near - 0.25 * rise(8.0, 0.0, y - edge))
    });
}

pub(super) fn loaf(s: &mut Sheet) {
    table(s, 0x9a_6c42, 0xd8_d2c4);
    let turn = s.dice.about(0.04);
    s.shadow((610.0, 690.0), (470.0, 110.0), 0.0, 0.6);
    s.patch((600.0, 650.0), (440.0, 122.0), turn, |u, v| {
        let d = u.abs().powi(6) + v.abs().powi(6);
        let grain = cloud(u * 9.0, v * 60.0 + cloud(u * 20.0, 3.0) * 6.0);
        (times(rgb(0xc8_9a62), 0.76 + 0.36 * grain - 0.28 * rise(0.8, 1.0, v)), rise(1.0, 0.94, d))
    });
    s.shadow((620.0, 640.0), (350.0, 84.0), turn, 1.0);
    let shift = s.dice.span(0.0, 400.0);
    s.patch((600.0, 490.0), (330.0, 190.0), turn, move |u, v| {
        let bump = cloud(shift + u * 26.0, v * 22.0);
        let flat = if v > 0.0 { v.powi(4) * 1.2 + v * v * 0.16 } else { v * v };
        let d = u * u * u * u * 0.45 + u * u * 0.55 + flat + 0.12 * (bump - 0.5);
        if d > 1.0 {
            return ([0.0; 3], 0.0);
        }
        let nz = (1.0 - d.clamp(0.0, 0.98)).sqrt();
        let lit = (-0.4 * u - 0.62 * v + 0.62 * nz).clamp(0.0, 1.0);
        let fine = cloud(shift + u * 130.0, v * 100.0);
        let crust = blend(rgb(0x8a_4a1c), rgb(0xd8_9448), 0.75 * bump + 0.35 * fine);
        let mut skin = blend(crust, rgb(0x6a_3414), 0.5 * rise(-0.2, -0.9, v) * bump);
        for cut in [-0.62f32, -0.2, 0.22, 0.64] {
            let along = u - cut - 0.2 * v;
            let open = 0.1 * (1.0 - ((v + 0.34) / 0.5).powi(2)).max(0.0);
            let inside = rise(open, open * 0.4, along.abs());
            if open > 0.0 {
                skin = blend(skin, times(rgb(0xf2_d6a0), 0.84 + 0.3 * fine), inside * 0.9);
                skin = blend(skin, rgb(0x5a_2c10), 0.5 * rise(0.035, 0.0, (along + open).abs()));
            }
        }
        let flour = rise(0.6, 0.85, cloud(shift + u * 70.0, 40.0 + v * 60.0)) * rise(0.2, -0.6, v) * 0.55;
        skin = blend(skin, [250.0, 242.0, 226.0], flour);
        (times(skin, 0.34 + 0.84 * lit), rise(1.0, 0.965, d))
    });
    for _ in 0..60 {
        let at = (s.dice.span(180.0, 1060.0), s.dice.span(640.0, 830.0));
        let r = s.dice.span(1.5, 6.0);
        let crumb = s.dice.pick(&[0xe0_b878, 0xb8_7a3c, 0xf2_e2c0]);
        s.fill(&oval((at.0 + 1.5, at.1 + 2.5), r, r * 0.7), Ink(0x20_1408, 0.3));
        s.fill(&oval(at, r, r * 0.8), Ink(crumb, 0.95));
    }
    let cloth =
        curve(&[(-20.0, 700.0), (120.0, 690.0), (210.0, 760.0), (190.0, 860.0), (230.0, 920.0), (-20.0, 920.0)], false);
    s.fill(&cloth, Ink(0xe8_e4dc, 1.0));
    for i in 0..4 {
        let x = 30.0 + i as f32 * 48.0;
        s.stroke(&[(x, 704.0 + i as f32 * 12.0), (x + 4.0, 800.0), (x - 6.0, 910.0)], 5.0, Ink(0x5a_7ea8, 0.7));
    }
    s.stroke(&curve(&[(-10.0, 780.0), (100.0, 770.0), (200.0, 800.0)], false), 5.0, Ink(0x5a_7ea8, 0.7));
    s.stroke(&curve(&[(-10.0, 850.0), (100.0, 838.0), (192.0, 850.0)], false), 5.0, Ink(0x5a_7ea8, 0.7));
    s.lay(Medium::Wash);
}

pub(super) fn clay_pot(s: &mut Sheet) {
    table(s, 0x8c_7a66, 0xc4_ccc8);
    let tone = s.dice.pick(&[0xb8_6c46, 0xa8_8a74, 0x9c_5f44]);
    s.shadow((660.0, 770.0), (330.0, 64.0), 0.0, 0.95);
    let base = rgb(tone);
    let shift = s.dice.span(0.0, 300.0);
    let lean = s.dice.about(0.06);
    let half = move |v: f32| {
        let belly = 0.62 + 0.34 * (1.0 - ((v - 0.12) / 0.9).powi(2));
        let neck = rise(-0.95, -0.5, v);
        mix(0.66, belly, neck)
    };
    s.patch((600.0, 540.0), (270.0, 250.0), lean, move |u, v| {
        let dent = cloud(shift + u * 12.0, v * 12.0) - 0.5;
        let wide = half(v) + 0.04 * dent;
        let sag = 0.09 * (1.0 - (u / wide.max(0.1)).powi(2)).max(0.0).sqrt();
        if v < -1.0 || v > 0.9 + sag || u.abs() > wide {
            return (base, 0.0);
        }
        let across = u / wide;
        let coil = (v * 27.0 + 2.5 * (cloud(shift + u * 8.0, v * 8.0) - 0.5)).sin();
        let press = cloud(shift + u * 36.0, v * 30.0) - 0.5;
        let lit =
            0.4 + 0.64 * (1.0 - (across + 0.36).powi(2) * 0.6) + 0.08 * coil + 0.2 * press - 0.1 * rise(0.2, 0.95, v);
        let mut skin = base;
        let zig = ((across * 9.0 + 0.6 * dent).rem_euclid(2.0) - 1.0).abs();
        let band = rise(0.075, 0.045, (v - 0.02 - 0.17 * zig).abs());
        skin = blend(skin, rgb(0x2f_5f78), band * 0.85);
        let ring = rise(0.045, 0.025, (v + 0.24).abs()).max(rise(0.045, 0.025, (v - 0.42).abs()));
        skin = blend(skin, rgb(0xf0_e2c4), ring * 0.9);
        let shine = rise(0.2, 0.0, (across + 0.42).abs()) * rise(0.6, 0.0, (v + 0.3).abs()) * 24.0;
        let c = times(skin, lit + 0.07 * (speckle(u * 200.0 + shift, v * 200.0) - 0.5));
        ([c[0] + shine, c[1] + shine, c[2] + shine], rise(wide, wide - 0.02, u.abs()))
    });
    let rim = oval((600.0, 292.0), 181.0, 40.0);
    let rim = s.wobble(&rim, 4.0);
    s.fill(&rim, Ink(tone, 1.0));
    s.fill(&oval((600.0, 296.0), 156.0, 29.0), Ink(0x4a_2c1e, 1.0));
    s.fill(&oval((620.0, 306.0), 120.0, 17.0), Ink(0x2a_1810, 0.8));
    s.stroke(
        &curve(&[(430.0, 292.0), (480.0, 268.0), (600.0, 256.0), (700.0, 262.0)], false),
        6.0,
        Ink(0xf0_d0b0, 0.5),
    );
    s.lay(Medium::Wash);
    for _ in 0..4 {
        let at = (s.dice.span(150.0, 330.0), s.dice.span(740.0, 840.0));
        let size = s.dice.span(16.0, 34.0);
        s.shadow((at.0 + 6.0, at.1 + 8.0), (size * 1.1, size * 0.8), 0.0, 0.6);
        s.patch(at, (size, size * 0.75), 0.3, |u, v| {
            let d = u * u + v * v;
            let lit = 0.5 - 0.3 * u - 0.4 * v + 0.3 * cloud(u * 12.0, v * 12.0);
            (times(base, lit.clamp(0.3, 1.1)), rise(1.0, 0.9, d))
        });
    }
}
