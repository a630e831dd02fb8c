//! What was measured, mapped, written and explained.

use super::hand::{arc, curve};
use super::sheet::{At, Ink, Medium, Sheet, oval};

const PENCIL: Ink = Ink(0x3c_3b3f, 0.85);

fn arrow(s: &mut Sheet, points: &[At], width: f32, ink: Ink) {
    s.line(points, width, ink);
    if let [.., a, b] = *points {
        let angle = (b.1 - a.1).atan2(b.0 - a.0);
        for side in [-0.5f32, 0.5] {
            let (sin, cos) = (angle + std::f32::consts::PI + side).sin_cos();
            s.stroke(&[b, (b.0 + cos * width * 3.6, b.1 + sin * width * 3.6)], width, ink);
        }
    }
}

pub(super) fn walk_map(s: &mut Sheet) {
    s.paper(0x6f_5138, 0xf3_ead2);
    let river = curve(
        &[
            (60.0, 300.0),
            (220.0, 330.0),
            (360.0, 260.0),
            (520.0, 330.0),
            (660.0, 300.0),
            (840.0, 400.0),
            (1140.0, 370.0),
        ],
        false,
    );
    for lane in 0..3 {
        let bank: Vec<At> = river.iter().map(|p| (p.0, p.1 + lane as f32 * 15.0)).collect();
        let bank = s.wobble(&bank, 3.0);
        s.stroke(&bank, 19.0, Ink(0x6f_b2dc, 0.7));
    }
    let pond = curve(
        &[(860.0, 640.0), (940.0, 600.0), (1040.0, 640.0), (1030.0, 720.0), (920.0, 740.0), (850.0, 700.0)],
        true,
    );
    s.scribble(&pond, 8.0, 12.0, 14.0, Ink(0x5f_a6d8, 0.75));
    s.outline(&pond, 6.0, Ink(0x2f_74b0, 0.9));
    let field = curve(&[(120.0, 470.0), (330.0, 430.0), (420.0, 520.0), (330.0, 610.0), (140.0, 600.0)], true);
    s.scribble(&field, 35.0, 22.0, 9.0, Ink(0xb8_b04a, 0.6));
    s.lay(Medium::Crayon);
    for _ in 0..26 {
        let at = (s.dice.span(660.0, 1090.0), s.dice.span(130.0, 262.0));
        let tall = s.dice.span(34.0, 56.0);
        s.line(&[(at.0, at.1 + tall), (at.0, at.1 + tall * 0.5)], 6.0, Ink(0x7a_5030, 0.9));
        let crown =
            curve(&[(at.0 - 18.0, at.1 + tall * 0.55), (at.0, at.1 - 8.0), (at.0 + 18.0, at.1 + tall * 0.55)], true);
        let green = s.dice.pick(&[0x3f_8a44, 0x5a_a04a, 0x2f_7048]);
        s.fill(&crown, Ink(green, 0.85));
    }
    s.lay(Medium::Crayon);
    let ink = Ink(0x3a_2f28, 0.92);
    let home = [(150.0, 720.0), (240.0, 720.0), (240.0, 790.0), (150.0, 790.0)];
    s.outline(&home, 5.0, ink);
    s.line(&[(138.0, 722.0), (195.0, 664.0), (252.0, 722.0)], 5.0, Ink(0xb0_3a2c, 0.95));
    s.outline(&[(184.0, 750.0), (208.0, 750.0), (208.0, 790.0), (184.0, 790.0)], 4.0, ink);
    for y in [352.0, 376.0, 400.0, 424.0] {
        let across = s.dice.about(7.0);
        s.fill(&oval((1000.0 - (y - 388.0) * 0.3 + across, y), 15.0, 10.0), Ink(0x77_7a7c, 0.95));
    }
    for dx in [-34.0, 34.0] {
        s.line(&[(556.0 + dx, 270.0), (560.0 + dx, 392.0)], 6.0, Ink(0x7a_4f2a, 0.95));
    }
    for y in [285.0, 312.0, 340.0, 368.0] {
        s.line(&[(524.0, y), (594.0, y + 3.0)], 5.0, Ink(0x7a_4f2a, 0.95));
    }
    let route = curve(
        &[
            (250.0, 770.0),
            (420.0, 740.0),
            (520.0, 640.0),
            (500.0, 520.0),
            (556.0, 400.0),
            (562.0, 270.0),
            (640.0, 180.0),
            (800.0, 150.0),
            (960.0, 210.0),
            (1010.0, 320.0),
            (960.0, 470.0),
            (930.0, 590.0),
        ],
        false,
    );
    for dash in route.chunks(5) {
        if let (Some(a), Some(b)) = (dash.first(), dash.get(3)) {
            s.line(&[*a, *b], 8.0, Ink(0xc8_2f2a, 0.95));
        }
    }
    s.line(&[(912.0, 572.0), (950.0, 610.0)], 9.0, Ink(0xc8_2f2a, 1.0));
    s.line(&[(950.0, 570.0), (912.0, 612.0)], 9.0, Ink(0xc8_2f2a, 1.0));
    s.write("home", (146.0, 838.0), 24.0, 4.2, ink);
    s.write("bridge", (386.0, 382.0), 24.0, 4.2, ink);
    s.write("woods", (800.0, 106.0), 30.0, 4.6, ink);
    s.write("duck pond", (876.0, 790.0), 28.0, 4.4, ink);
    s.write("cows!", (208.0, 530.0), 28.0, 4.4, ink);
    s.write("river", (150.0, 290.0), 24.0, 4.2, Ink(0x2f_62a0, 0.95));
    s.write("our walk", (130.0, 152.0), 46.0, 7.0, ink);
    let c = (1060.0, 520.0);
    arrow(s, &[(c.0, c.1 + 52.0), (c.0, c.1 - 46.0)], 5.0, ink);
    s.line(&[(c.0 - 40.0, c.1), (c.0 + 40.0, c.1)], 4.0, ink);
    s.write("n", (c.0 - 11.0, c.1 - 60.0), 26.0, 4.4, ink);
    s.lay(Medium::Felt);
    for (x, y) in [(930.0, 660.0), (985.0, 690.0)] {
        s.fill(&oval((x, y), 19.0, 10.0), Ink(0xf2_c530, 0.95));
        s.fill(&oval((x + 17.0, y - 11.0), 9.0, 9.0), Ink(0xf2_c530, 0.95));
        s.line(&[(x + 25.0, y - 10.0), (x + 34.0, y - 8.0)], 5.0, Ink(0xe0_7a1c, 0.95));
    }
    s.lay(Medium::Plain);
}

pub(super) fn volcano(s: &mut Sheet) {
    s.paper(0x9a_7650, 0xfb_f8f0);
    let cone = curve(&[(120.0, 780.0), (330.0, 600.0), (450.0, 400.0), (500.0, 330.0)], false);
    let mut mountain = cone.clone();
    mountain.extend([(600.0, 330.0)]);
    mountain.extend(curve(&[(600.0, 330.0), (660.0, 410.0), (780.0, 610.0), (980.0, 780.0)], false));
    let bands = [0xa8_8058, 0x8a_6444, 0x7a_5034];
    s.scribble(&mountain, 62.0, 14.0, 14.0, Ink(bands[0], 0.7));
    for (i, k) in [0.78f32, 0.55].iter().enumerate() {
        let inner: Vec<At> =
            mountain.iter().map(|p| (550.0 + (p.0 - 550.0) * k, 780.0 - (780.0 - p.1) * (0.6 + 0.4 * k))).collect();
        s.scribble(&inner, 58.0 - i as f32 * 30.0, 13.0, 13.0, Ink(bands[i + 1], 0.62));
    }
    let chamber = curve(
        &[
            (400.0, 780.0),
            (440.0, 716.0),
            (550.0, 690.0),
            (660.0, 716.0),
            (706.0, 780.0),
            (640.0, 832.0),
            (460.0, 832.0),
        ],
        true,
    );
    s.fill(&chamber, Ink(0xf2_8a22, 0.9));
    s.scribble(&chamber, 12.0, 12.0, 14.0, Ink(0xd8_3a1c, 0.85));
    let vent = [(526.0, 710.0), (534.0, 330.0), (568.0, 330.0), (576.0, 710.0)];
    s.fill(&vent, Ink(0xee_7a1e, 0.95));
    s.scribble(&vent, 84.0, 10.0, 10.0, Ink(0xd8_3a1c, 0.9));
    for (i, reach) in [-200.0f32, -120.0, -40.0, 50.0, 130.0, 210.0].iter().enumerate() {
        let top = 170.0 - (i % 3) as f32 * 36.0;
        let jet = curve(
            &[(550.0, 330.0), (550.0 + reach * 0.4, top + 30.0), (550.0 + reach, top + 70.0 + reach.abs() * 0.3)],
            false,
        );
        s.line(&jet, 15.0, Ink([0xe2_401c, 0xf2_9a20][i % 2], 0.88));
    }
    let flow = curve(&[(600.0, 340.0), (650.0, 440.0), (716.0, 540.0), (750.0, 600.0)], false);
    s.line(&flow, 26.0, Ink(0xe2_401c, 0.9));
    s.lay(Medium::Crayon);
    for puff in [(380.0, 130.0), (450.0, 100.0), (530.0, 86.0), (620.0, 96.0), (700.0, 126.0)] {
        let round = oval(puff, 58.0, 40.0);
        s.scribble(&round, 20.0, 14.0, 12.0, Ink(0x77_7478, 0.55));
    }
    s.outline(&mountain, 6.0, Ink(0x4a_3226, 0.9));
    s.lay(Medium::Pencil);
    let labels: [(&str, At, At); 6] = [
        ("ash cloud", (850.0, 138.0), (736.0, 126.0)),
        ("crater", (850.0, 300.0), (610.0, 334.0)),
        ("lava", (850.0, 452.0), (690.0, 480.0)),
        ("vent", (180.0, 400.0), (530.0, 500.0)),
        ("layers", (92.0, 560.0), (404.0, 620.0)),
        ("magma", (940.0, 690.0), (690.0, 760.0)),
    ];
    for (word, at, to) in labels {
        let from = if at.0 < 500.0 {
            (at.0 + word.len() as f32 * 29.0 + 10.0, at.1 - 12.0)
        } else {
            (at.0 - 14.0, at.1 - 12.0)
        };
        s.line(&[from, to], 3.2, PENCIL);
        s.write(word, at, 30.0, 5.0, Ink(0x24_346e, 0.95));
    }
    s.write("inside a", (92.0, 116.0), 32.0, 6.0, Ink(0xb0_2a22, 0.95));
    s.write("volcano", (92.0, 180.0), 32.0, 6.0, Ink(0xb0_2a22, 0.95));
    s.lay(Medium::Felt);
}

pub(super) fn plant_cycle(s: &mut Sheet) {
    s.paper(0xb0_8a5c, 0xfa_f8ee);
    let spots: [At; 5] = [(600.0, 190.0), (950.0, 380.0), (830.0, 700.0), (370.0, 700.0), (250.0, 380.0)];
    for i in 0..5 {
        let (from, to) = (-90.0 + i as f32 * 72.0 + 24.0, -90.0 + i as f32 * 72.0 + 49.0);
        let bow = arc((600.0, 470.0), (370.0, 290.0), from, to);
        arrow(s, &bow, 7.0, Ink(0xd0_6a2c, 0.9));
    }
    let (green, soil) = (Ink(0x3f_8f3c, 0.92), Ink(0x7d_5632, 0.8));
    for spot in spots.iter().skip(1).take(3) {
        let earth = curve(
            &[
                (spot.0 - 92.0, spot.1 + 46.0),
                (spot.0, spot.1 + 34.0),
                (spot.0 + 92.0, spot.1 + 46.0),
                (spot.0 + 70.0, spot.1 + 96.0),
                (spot.0 - 70.0, spot.1 + 96.0),
            ],
            true,
        );
        s.scribble(&earth, 10.0, 11.0, 12.0, soil);
    }
    for (dx, dy, turn) in [(-44.0, 10.0, 0.5f32), (0.0, -18.0, 0.0), (46.0, 12.0, -0.4)] {
        let at = (spots[0].0 + dx, spots[0].1 + dy);
        let seed = curve(
            &[
                (at.0 - 15.0, at.1 + 24.0 * turn),
                (at.0, at.1 - 22.0),
                (at.0 + 15.0, at.1 - 24.0 * turn),
                (at.0, at.1 + 24.0),
            ],
            true,
        );
        s.fill(&seed, Ink(0x5a_4636, 0.9));
        s.line(&[(at.0, at.1 - 16.0), (at.0, at.1 + 16.0)], 3.0, Ink(0xe8_dcc4, 0.9));
    }
    let (x, y) = (spots[1].0, spots[1].1 + 50.0);
    s.fill(&oval((x, y + 20.0), 15.0, 20.0), Ink(0x5a_4636, 0.95));
    s.line(&curve(&[(x, y), (x - 6.0, y - 40.0), (x + 10.0, y - 70.0)], false), 7.0, Ink(0x8f_c05a, 0.95));
    for dx in [-16.0, 4.0, 18.0] {
        s.line(
            &curve(&[(x, y + 36.0), (x + dx * 0.6, y + 54.0), (x + dx, y + 70.0)], false),
            3.5,
            Ink(0xe8_dcc4, 0.95),
        );
    }
    for (spot, tall, leaves) in [(spots[2], 130.0f32, 2), (spots[3], 210.0, 5), (spots[4], 250.0, 4)] {
        let (x, foot) = (spot.0, spot.1 + 42.0);
        s.line(&[(x, foot), (x + 3.0, foot - tall * 0.5), (x, foot - tall)], 7.0, green);
        for i in 0..leaves {
            let side = if i % 2 == 0 { 1.0 } else { -1.0 };
            let up = foot - tall * (0.25 + 0.7 * i as f32 / leaves as f32);
            let leaf = curve(
                &[(x, up), (x + side * 26.0, up - 28.0), (x + side * 66.0, up - 30.0), (x + side * 36.0, up - 2.0)],
                true,
            );
            s.fill(&leaf, green);
            s.outline(&leaf, 3.0, Ink(0x2c_6a2e, 0.9));
        }
    }
    let head = (spots[4].0, spots[4].1 - 216.0);
    for i in 0..13 {
        let (sin, cos) = (i as f32 * 0.483).sin_cos();
        let petal = curve(
            &[
                (head.0 + cos * 20.0, head.1 + sin * 20.0),
                (head.0 + cos * 52.0 - sin * 14.0, head.1 + sin * 52.0 + cos * 14.0),
                (head.0 + cos * 72.0, head.1 + sin * 72.0),
                (head.0 + cos * 52.0 + sin * 14.0, head.1 + sin * 52.0 - cos * 14.0),
            ],
            true,
        );
        s.fill(&petal, Ink(0xf4_b41c, 0.92));
    }
    s.fill(&oval(head, 33.0, 33.0), Ink(0x6a_4424, 0.95));
    s.fill(&oval((spots[3].0, spots[3].1 - 176.0), 24.0, 28.0), Ink(0x5a_9a44, 0.95));
    s.lay(Medium::Pencil);
    let ink = Ink(0x26_3f7a, 0.95);
    s.write("seeds", (556.0, 268.0), 28.0, 4.8, ink);
    s.write("roots", (900.0, 530.0), 28.0, 4.8, ink);
    s.write("shoot", (780.0, 846.0), 28.0, 4.8, ink);
    s.write("bud", (344.0, 846.0), 28.0, 4.8, ink);
    s.write("flower", (196.0, 520.0), 28.0, 4.8, ink);
    s.write("sunflower", (478.0, 470.0), 38.0, 6.4, Ink(0xb8_5a1c, 0.95));
    s.write("life cycle", (490.0, 540.0), 36.0, 6.0, Ink(0xb8_5a1c, 0.95));
    s.lay(Medium::Felt);
}

pub(super) fn moon_phases(s: &mut Sheet) {
    s.paper(0x8a_6844, 0x20_2a4a);
    let names = ["new", "crescent", "half", "gibbous", "full", "gibbous", "half", "crescent"];
    for _ in 0..90 {
        let at = (s.dice.span(60.0, 1140.0), s.dice.span(50.0, 850.0));
        let r = s.dice.span(1.0, 3.2);
        s.fill(&oval(at, r, r), Ink(0xf4_f0d8, 0.7));
    }
    s.lay(Medium::Plain);
    let (across, down, size) = (250.0, 300.0, 88.0);
    for (i, name) in names.iter().enumerate() {
        let at = (225.0 + (i % 4) as f32 * across, 330.0 + (i / 4) as f32 * down);
        let disc = oval(at, size, size);
        s.fill(&disc, Ink(0x12_1930, 0.95));
        s.lay(Medium::Plain);
        let phase = i as f32 / 8.0;
        let bulge = (phase * std::f32::consts::TAU).cos();
        let side = if i < 4 { 1.0 } else { -1.0 };
        if i > 0 {
            let mut lit = arc(at, (size * side, size), -90.0, 90.0);
            let mut edge = arc(at, (size * side * bulge, size), -90.0, 90.0);
            edge.reverse();
            lit.extend(edge);
            s.fill(&lit, Ink(0xf0_e4b0, 0.55));
            s.scribble(&lit, 25.0 + i as f32 * 20.0, 11.0, 12.0, Ink(0xf6_ecc4, 0.85));
            for (dx, dy, r) in
                [(22.0, -30.0, 13.0), (40.0, 16.0, 17.0), (10.0, 40.0, 10.0), (-30.0, -14.0, 15.0), (-42.0, 34.0, 9.0)]
            {
                let shown = side * dx / size > bulge * (1.0 - (dy / size) * (dy / size)).sqrt() + 0.2;
                if shown {
                    s.fill(&oval((at.0 + dx, at.1 + dy), r, r * 0.9), Ink(0xc4_b684, 0.75));
                }
            }
        }
        s.outline(&disc, 4.5, Ink(0xd8_d4c0, 0.8));
        s.lay(Medium::Chalk);
        let wide = name.len() as f32 * 21.0;
        s.write(name, (at.0 - wide / 2.0, at.1 + 138.0), 27.0, 4.6, Ink(0xf2_eede, 0.95));
        s.lay(Medium::Pencil);
    }
    s.write("moon watch", (390.0, 168.0), 54.0, 8.5, Ink(0xf6_e6a0, 0.98));
    s.lay(Medium::Chalk);
}

pub(super) fn number_line(s: &mut Sheet) {
    s.paper(0xa8_8058, 0xfd_fcf7);
    for row in 0..13 {
        let y = 120.0 + row as f32 * 57.0;
        s.stroke(&[(46.0, y), (1154.0, y)], 1.8, Ink(0x9c_c0dc, 0.6));
    }
    s.stroke(&[(150.0, 38.0), (150.0, 862.0)], 1.8, Ink(0xe0_8a8a, 0.6));
    s.lay(Medium::Plain);
    s.write("the wind blew the leaves", (176.0, 172.0), 31.0, 5.0, PENCIL);
    s.write("off the big tree. we made", (176.0, 287.0), 31.0, 5.0, PENCIL);
    s.write("a pile and jumped in!", (176.0, 402.0), 31.0, 5.0, PENCIL);
    s.lay(Medium::Pencil);
    let y = 650.0;
    s.line(&[(170.0, y), (1110.0, y)], 6.0, Ink(0x2a_3f7a, 0.92));
    for n in 0..11 {
        let x = 185.0 + n as f32 * 90.0;
        s.line(&[(x, y - 16.0), (x, y + 16.0)], 5.0, Ink(0x2a_3f7a, 0.92));
        s.write(&(n * 2).to_string(), (x - if n < 5 { 10.0 } else { 22.0 }, y + 66.0), 30.0, 4.8, Ink(0x2a_3f7a, 0.95));
    }
    for (i, from) in [0.0f32, 3.0, 6.0].iter().enumerate() {
        let (a, b) = (185.0 + from * 90.0, 185.0 + (from + 3.0) * 90.0);
        let hop = arc(((a + b) / 2.0, y - 16.0), ((b - a) / 2.0, 96.0), 180.0, 358.0);
        arrow(s, &hop, 6.0, Ink([0xd0_3f2c, 0x2f_8a4c, 0x8a_3f9c][i], 0.92));
        s.write("+6", ((a + b) / 2.0 - 24.0, y - 128.0), 27.0, 4.8, Ink([0xd0_3f2c, 0x2f_8a4c, 0x8a_3f9c][i], 0.95));
    }
    s.write("6 + 6 + 6 = 18", (420.0, 812.0), 34.0, 5.6, Ink(0x2f_2f36, 0.95));
    s.lay(Medium::Felt);
    let body = [(880.0, 800.0), (1120.0, 742.0), (1126.0, 762.0), (886.0, 822.0)];
    let shade: Vec<At> = body.iter().map(|p| (p.0 + 5.0, p.1 + 10.0)).collect();
    s.fill(&shade, Ink(0x30_2818, 0.25));
    s.fill(&body, Ink(0xe8_b42c, 1.0));
    s.fill(&[(880.0, 800.0), (1120.0, 742.0), (1122.0, 749.0), (882.0, 807.0)], Ink(0xf4_cc5c, 1.0));
    s.fill(&[(880.0, 800.0), (886.0, 822.0), (846.0, 822.0)], Ink(0xe6_cfa4, 1.0));
    s.fill(&[(860.0, 814.0), (862.0, 822.0), (846.0, 822.0)], Ink(0x2a_2a2a, 1.0));
    s.fill(&[(1098.0, 747.0), (1120.0, 742.0), (1126.0, 762.0), (1104.0, 768.0)], Ink(0xd8_8a92, 1.0));
    s.lay(Medium::Plain);
}

pub(super) fn circuit(s: &mut Sheet) {
    s.paper(0x5f_4a3a, 0xfb_fbf8);
    for i in 0..27 {
        let p = 60.0 + i as f32 * 41.0;
        s.stroke(&[(p, 36.0), (p, 864.0)], 1.3, Ink(0x8f_c0d0, 0.5));
        if i < 20 {
            let q = 54.0 + i as f32 * 41.0;
            s.stroke(&[(44.0, q), (1156.0, q)], 1.3, Ink(0x8f_c0d0, 0.5));
        }
    }
    s.lay(Medium::Plain);
    let ink = Ink(0x23_3a78, 0.92);
    let red = Ink(0xb8_322c, 0.92);
    let wires: [&[At]; 6] = [
        &[(250.0, 380.0), (250.0, 260.0), (470.0, 260.0)],
        &[(640.0, 260.0), (900.0, 260.0), (900.0, 370.0)],
        &[(900.0, 520.0), (900.0, 660.0), (700.0, 660.0)],
        &[(560.0, 660.0), (250.0, 660.0), (250.0, 470.0)],
        &[(740.0, 260.0), (740.0, 390.0)],
        &[(740.0, 470.0), (740.0, 660.0)],
    ];
    for wire in wires {
        s.line(wire, 5.0, ink);
    }
    s.line(&[(210.0, 380.0), (290.0, 380.0)], 5.0, ink);
    s.line(&[(228.0, 410.0), (272.0, 410.0)], 9.0, ink);
    s.line(&[(210.0, 440.0), (290.0, 440.0)], 5.0, ink);
    s.line(&[(228.0, 470.0), (272.0, 470.0)], 9.0, ink);
    let zig: Vec<At> = (0..9)
        .map(|i| {
            (
                470.0 + i as f32 * 21.25,
                260.0
                    + if i == 0 || i == 8 {
                        0.0
                    } else if i % 2 == 0 {
                        26.0
                    } else {
                        -26.0
                    },
            )
        })
        .collect();
    s.line(&zig, 5.0, ink);
    for x in [555.0, 700.0] {
        s.outline(&oval((x, 660.0), 6.0, 6.0), 5.0, ink);
    }
    s.line(&[(560.0, 656.0), (680.0, 606.0)], 5.0, ink);
    let lamp = oval((900.0, 445.0), 72.0, 72.0);
    s.fill(&lamp, Ink(0xf8_df70, 0.55));
    s.outline(&lamp, 5.0, red);
    s.line(&[(850.0, 396.0), (950.0, 494.0)], 5.0, red);
    s.line(&[(950.0, 396.0), (850.0, 494.0)], 5.0, red);
    let diode = [(700.0, 390.0), (780.0, 390.0), (740.0, 466.0)];
    s.fill(&diode, Ink(0xb8_322c, 0.3));
    s.outline(&diode, 5.0, red);
    s.line(&[(698.0, 470.0), (782.0, 470.0)], 5.0, red);
    for dy in [0.0, 26.0] {
        arrow(s, &[(796.0, 410.0 + dy), (836.0, 384.0 + dy)], 3.4, red);
    }
    s.write("9v", (140.0, 436.0), 34.0, 5.0, ink);
    s.write("330", (510.0, 214.0), 30.0, 4.6, ink);
    s.write("switch", (560.0, 748.0), 30.0, 4.6, ink);
    s.write("lamp", (990.0, 458.0), 30.0, 4.6, red);
    s.write("led", (620.0, 440.0), 30.0, 4.6, red);
    s.write("night light no. 2", (110.0, 142.0), 40.0, 6.0, Ink(0x2a_2a30, 0.9));
    s.write("it glows when it gets dark", (330.0, 826.0), 26.0, 4.2, Ink(0x2a_2a30, 0.85));
    s.lay(Medium::Felt);
}
