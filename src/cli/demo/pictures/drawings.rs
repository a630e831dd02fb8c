//! What children draw: crayon, chalk and paint.

use super::hand::{arc, curve};
use super::sheet::{At, Ink, Medium, Sheet, blend, cloud, oval, rgb, speckle, times};

fn flower(s: &mut Sheet, at: At, colour: u32) {
    let sway = s.dice.about(8.0);
    s.line(&[(at.0, at.1), (at.0 + sway, at.1 - 58.0)], 6.0, Ink(0x3f_8f3a, 0.9));
    s.line(&[(at.0, at.1 - 12.0), (at.0 + 18.0, at.1 - 34.0)], 6.0, Ink(0x3f_8f3a, 0.9));
    let top = (at.0 + sway, at.1 - 66.0);
    for i in 0..6 {
        let (sin, cos) = (i as f32 * 1.047 + sway).sin_cos();
        let petal = oval((top.0 + cos * 15.0, top.1 + sin * 15.0), 9.0, 9.0);
        s.fill(&petal, Ink(colour, 0.85));
    }
    s.fill(&oval(top, 9.0, 9.0), Ink(0xf2_b90c, 0.95));
}

fn sun(s: &mut Sheet, at: At, radius: f32) {
    let disc = oval(at, radius, radius);
    s.scribble(&disc, 40.0, 10.0, 13.0, Ink(0xf6_b814, 0.85));
    s.outline(&disc, 8.0, Ink(0xf0_9a12, 0.95));
    for i in 0..11 {
        let (sin, cos) = (i as f32 * 0.571 + 0.2).sin_cos();
        let long = radius * s.dice.span(1.55, 1.9);
        let from = (at.0 + cos * radius * 1.22, at.1 + sin * radius * 1.22);
        s.line(&[from, (at.0 + cos * long, at.1 + sin * long)], 9.0, Ink(0xf6_b014, 0.9));
    }
}

fn person(s: &mut Sheet, at: At, tall: f32, top: u32, hair: u32) {
    let skin = s.dice.pick(&[0xf0_c8a4, 0xc9_9068, 0xe6_b48c]);
    let head = (at.0, at.1 - tall);
    s.fill(&oval(head, 22.0, 24.0), Ink(skin, 0.85));
    s.outline(&oval(head, 22.0, 24.0), 4.0, Ink(0x4a_3628, 0.9));
    s.line(&arc(head, (24.0, 27.0), 185.0, 355.0), 11.0, Ink(hair, 0.9));
    s.fill(&oval((head.0 - 8.0, head.1 - 2.0), 3.0, 3.4), Ink(0x2b_2420, 1.0));
    s.fill(&oval((head.0 + 8.0, head.1 - 2.0), 3.0, 3.4), Ink(0x2b_2420, 1.0));
    s.line(&arc((head.0, head.1 + 3.0), (10.0, 9.0), 20.0, 160.0), 3.5, Ink(0xb0_3a30, 0.95));
    let neck = head.1 + 25.0;
    let hem = at.1 - tall * 0.3;
    let body = [(at.0 - 13.0, neck), (at.0 + 13.0, neck), (at.0 + 28.0, hem), (at.0 - 28.0, hem)];
    s.scribble(&body, 80.0, 8.0, 9.0, Ink(top, 0.88));
    s.outline(&body, 5.0, Ink(top, 0.95));
    for side in [-1.0, 1.0] {
        let hand = (at.0 + side * 52.0, neck + 22.0 + s.dice.about(10.0));
        s.line(&[(at.0 + side * 13.0, neck + 12.0), hand], 6.0, Ink(0x4a_3628, 0.9));
        s.line(&[(at.0 + side * 12.0, hem), (at.0 + side * 14.0, at.1)], 6.0, Ink(0x4a_3628, 0.9));
        s.line(&[(at.0 + side * 13.0, at.1), (at.0 + side * 25.0, at.1)], 7.0, Ink(0x4a_3628, 0.9));
    }
}

pub(super) fn house(s: &mut Sheet) {
    s.paper(0x9c_6b3f, 0xf7_f3e8);
    let wall_ink = s.dice.pick(&[0xd9_5f3c, 0xc8_4b4b, 0xe0_8a2e, 0x5f_8fc4]);
    let roof_ink = s.dice.pick(&[0x7a_3f2a, 0x5a_4a88, 0x8a_2f34]);
    let sky: Vec<At> = vec![(62.0, 54.0), (1140.0, 54.0), (1140.0, 150.0), (62.0, 170.0)];
    s.scribble(&sky, 3.0, 15.0, 17.0, Ink(0x5f_a6dc, 0.72));
    let grass = curve(&[(60.0, 720.0), (400.0, 690.0), (800.0, 705.0), (1140.0, 690.0)], false);
    let mut field = grass.clone();
    field.extend([(1140.0, 846.0), (60.0, 846.0)]);
    s.scribble(&field, 78.0, 13.0, 15.0, Ink(0x4f_a047, 0.82));
    sun(s, (1010.0, 190.0), 62.0);
    let wall = [(350.0, 400.0), (760.0, 396.0), (766.0, 742.0), (346.0, 748.0)];
    s.scribble(&wall, 12.0, 13.0, 15.0, Ink(wall_ink, 0.8));
    s.outline(&wall, 9.0, Ink(wall_ink, 0.98));
    let roof = [(300.0, 408.0), (556.0, 208.0), (812.0, 402.0)];
    s.scribble(&roof, 38.0, 12.0, 14.0, Ink(roof_ink, 0.85));
    s.outline(&roof, 10.0, Ink(roof_ink, 1.0));
    let stack = [(640.0, 262.0), (640.0, 190.0), (690.0, 188.0), (692.0, 300.0)];
    s.scribble(&stack, 90.0, 9.0, 11.0, Ink(0x8c_3b2c, 0.9));
    let smoke = [(668.0, 176.0), (690.0, 140.0), (650.0, 118.0), (690.0, 92.0), (740.0, 112.0), (720.0, 140.0)];
    s.line(&curve(&smoke, false), 8.0, Ink(0x7d_7d82, 0.75));
    s.lay(Medium::Crayon);
    for x in [412.0, 622.0] {
        let pane = [(x, 450.0), (x + 92.0, 448.0), (x + 94.0, 540.0), (x, 542.0)];
        s.fill(&pane, Ink(0xfb_f3cf, 0.9));
        s.scribble(&pane, 45.0, 12.0, 12.0, Ink(0xf8_d857, 0.8));
        s.outline(&pane, 8.0, Ink(0x35_56a8, 0.95));
        s.line(&[(x + 46.0, 450.0), (x + 46.0, 540.0)], 6.0, Ink(0x35_56a8, 0.95));
        s.line(&[(x, 495.0), (x + 93.0, 494.0)], 6.0, Ink(0x35_56a8, 0.95));
    }
    let door = [(512.0, 586.0), (604.0, 584.0), (606.0, 744.0), (510.0, 746.0)];
    s.fill(&door, Ink(0x3c_7a50, 0.55));
    s.scribble(&door, 88.0, 9.0, 11.0, Ink(0x2f_7d4c, 0.9));
    s.outline(&door, 8.0, Ink(0x1f_5a36, 0.95));
    s.fill(&oval((590.0, 668.0), 7.0, 7.0), Ink(0xf2_c22e, 1.0));
    let tree: Vec<At> = curve(
        &[
            (130.0, 560.0),
            (110.0, 470.0),
            (170.0, 400.0),
            (250.0, 420.0),
            (290.0, 500.0),
            (250.0, 580.0),
            (190.0, 600.0),
        ],
        true,
    );
    s.scribble(
        &[(178.0, 580.0), (218.0, 580.0), (224.0, 745.0), (172.0, 748.0)],
        86.0,
        9.0,
        12.0,
        Ink(0x7b_4f2b, 0.92),
    );
    s.scribble(&tree, 30.0, 11.0, 15.0, Ink(0x37_8a3c, 0.88));
    for at in [(160.0, 470.0), (222.0, 460.0), (200.0, 540.0), (255.0, 520.0)] {
        s.fill(&oval(at, 13.0, 13.0), Ink(0xd1_2f2a, 0.95));
    }
    person(s, (890.0, 790.0), 150.0, 0xc7_3f7c, 0x6a_3c1c);
    person(s, (985.0, 800.0), 112.0, 0x3f_78c0, 0xd8_9c34);
    for (i, x) in [290.0f32, 330.0, 800.0, 1080.0, 1110.0].iter().enumerate() {
        flower(s, (*x, 800.0 - (i % 2) as f32 * 22.0), [0xd0_3a8a, 0x8a_4fc0, 0xe2_5a2c][i % 3]);
    }
    s.lay(Medium::Crayon);
}

pub(super) fn rainbow(s: &mut Sheet) {
    s.paper(0xc2_a27c, 0xfa_f8f2);
    let bands = [0xd8_322c, 0xee_7d1e, 0xf6_cb1d, 0x46_a548, 0x2f_7fc8, 0x3c_4ba0, 0x7d_3f98];
    let middle = (600.0, 780.0);
    for (i, ink) in bands.iter().enumerate() {
        let radius = 520.0 - i as f32 * 46.0;
        for lane in 0..4 {
            let r = radius - lane as f32 * 10.5;
            let (from, to) = (186.0 + s.dice.about(1.2), 354.0 + s.dice.about(1.2));
            let along = arc(middle, (r, r * 1.16), from, to);
            let along = s.wobble(&along, 4.5);
            s.stroke(&along, 14.0, Ink(*ink, 0.78));
        }
    }
    s.lay(Medium::Crayon);
    for (x, turn) in [(150.0, 1.0f32), (1050.0, -1.0)] {
        let puffs =
            [(-70.0, 10.0), (-60.0, -45.0), (0.0, -78.0), (66.0, -52.0), (92.0, 6.0), (40.0, 36.0), (-30.0, 38.0)];
        let cloud_edge: Vec<At> = puffs.iter().map(|p| (x + p.0 * turn * 1.25, 730.0 + p.1 * 1.25)).collect();
        let round = curve(&cloud_edge, true);
        s.fill(&round, Ink(0xfa_f8f2, 0.95));
        s.lay(Medium::Plain);
        s.scribble(&round, 15.0, 22.0, 16.0, Ink(0x8f_bbe0, 0.62));
        s.outline(&round, 9.0, Ink(0x4a_86c0, 0.9));
        s.lay(Medium::Crayon);
    }
    sun(s, (600.0, 640.0), 66.0);
    s.line(&arc((600.0, 648.0), (28.0, 22.0), 20.0, 160.0), 6.0, Ink(0xc0_562a, 0.95));
    for x in [578.0, 622.0] {
        s.fill(&oval((x, 626.0), 6.0, 8.0), Ink(0x5a_3a20, 1.0));
    }
    for i in 0..15 {
        let at = (s.dice.span(120.0, 1080.0), s.dice.span(70.0, 130.0) + (i % 3) as f32 * 14.0);
        if !(280.0..920.0).contains(&at.0) {
            s.line(&[at, (at.0 - 8.0, at.1 + 34.0)], 8.0, Ink(0x4a_90d0, 0.8));
        }
    }
    s.lay(Medium::Crayon);
}

pub(super) fn castle(s: &mut Sheet) {
    s.paper(0x7d_5c42, 0xf4_efe1);
    let stone = s.dice.pick(&[0x7d_7f8a, 0x8a_8078, 0x6f_7c8c]);
    let flag = s.dice.pick(&[0xc8_2f34, 0x2f_62b0, 0x7c_3f9c]);
    let hill = curve(&[(60.0, 790.0), (300.0, 690.0), (620.0, 660.0), (900.0, 690.0), (1140.0, 780.0)], false);
    let mut mound = hill.clone();
    mound.extend([(1140.0, 846.0), (60.0, 846.0)]);
    s.scribble(&mound, 12.0, 13.0, 14.0, Ink(0x5c_9a42, 0.85));
    let wall = [(370.0, 420.0), (830.0, 420.0), (836.0, 700.0), (366.0, 700.0)];
    let towers = [(250.0, 300.0, 400.0), (800.0, 290.0, 950.0), (520.0, 210.0, 680.0)];
    s.scribble(&wall, 5.0, 13.0, 14.0, Ink(stone, 0.74));
    for (left, top, right) in towers {
        let tower = [(left, top), (right, top), (right + 6.0, 710.0), (left - 6.0, 710.0)];
        s.fill(&tower, Ink(0xf4_efe1, 0.7));
        s.scribble(&tower, 84.0, 12.0, 13.0, Ink(stone, 0.68));
    }
    s.lay(Medium::Crayon);
    let pen = Ink(0x2a_2a32, 0.92);
    s.outline(&wall, 6.0, pen);
    for (left, top, right) in towers {
        s.outline(&[(left, top), (right, top), (right + 6.0, 710.0), (left - 6.0, 710.0)], 6.0, pen);
        let step = (right - left + 30.0) / 7.0;
        let mut teeth = vec![(left - 15.0, top)];
        for i in 0..7 {
            let x = left - 15.0 + i as f32 * step;
            let y = if i % 2 == 0 { top - 40.0 } else { top - 6.0 };
            teeth.extend([(x, y), (x + step, y)]);
        }
        teeth.push((right + 15.0, top));
        s.outline(&teeth, 6.0, pen);
        let mid = (left + right) / 2.0;
        s.line(&[(mid, top - 42.0), (mid, top - 140.0)], 6.0, pen);
        let cloth = [(mid, top - 138.0), (mid + 84.0, top - 116.0), (mid, top - 84.0)];
        s.scribble(&cloth, 10.0, 8.0, 10.0, Ink(flag, 0.9));
        s.outline(&cloth, 5.0, Ink(flag, 1.0));
        for y in [top + 70.0, top + 190.0] {
            s.fill(&oval((mid, y), 9.0, 30.0), Ink(0x23_222a, 0.95));
        }
        for _ in 0..12 {
            let at = (s.dice.span(left + 18.0, right - 40.0), s.dice.span(top + 30.0, 660.0));
            s.line(&[at, (at.0 + 26.0, at.1), (at.0 + 26.0, at.1 + 15.0)], 3.0, Ink(0x3a_3a42, 0.6));
        }
    }
    let step = 460.0 / 15.0;
    let mut teeth = vec![(370.0, 420.0)];
    for i in 0..15 {
        let x = 370.0 + i as f32 * step;
        let y = if i % 2 == 0 { 392.0 } else { 420.0 };
        teeth.extend([(x, y), (x + step, y)]);
    }
    s.line(&teeth, 6.0, pen);
    let mut gate = arc((600.0, 610.0), (62.0, 76.0), 180.0, 360.0);
    gate.extend([(662.0, 712.0), (538.0, 712.0)]);
    s.fill(&gate, Ink(0x5f_3f22, 0.95));
    s.outline(&gate, 7.0, pen);
    for x in [564.0, 600.0, 636.0] {
        s.line(&[(x, 550.0), (x, 710.0)], 4.0, Ink(0x2a_1c10, 0.9));
    }
    s.lay(Medium::Felt);
    let moat = curve(&[(60.0, 770.0), (300.0, 760.0), (600.0, 785.0), (900.0, 760.0), (1140.0, 772.0)], false);
    for lane in 0..5 {
        let low: Vec<At> = moat.iter().map(|p| (p.0, p.1 + lane as f32 * 13.0 - 10.0)).collect();
        let low = s.wobble(&low, 6.0);
        s.stroke(&low, 13.0, Ink(0x3f_86c8, 0.75));
    }
    let bridge = [(552.0, 712.0), (648.0, 712.0), (684.0, 836.0), (520.0, 836.0)];
    s.fill(&bridge, Ink(0xa8_763e, 0.95));
    s.outline(&bridge, 6.0, Ink(0x5f_3f22, 0.95));
    for y in [738.0, 766.0, 796.0] {
        s.line(&[(534.0, y), (668.0, y)], 4.0, Ink(0x5f_3f22, 0.9));
    }
    person(s, (420.0, 800.0), 118.0, flag, 0x3c_2a1a);
    for at in [(150.0, 150.0), (210.0, 120.0), (1010.0, 130.0), (1065.0, 165.0)] {
        s.line(&arc((at.0 - 14.0, at.1), (15.0, 12.0), 200.0, 345.0), 4.0, pen);
        s.line(&arc((at.0 + 14.0, at.1), (15.0, 12.0), 195.0, 340.0), 4.0, pen);
    }
    s.lay(Medium::Crayon);
}

pub(super) fn dinosaur(s: &mut Sheet) {
    s.paper(0x8a_6a4c, 0xf8_f5ec);
    let skin = s.dice.pick(&[0x4f_a05a, 0x3f_93a8, 0x8a_6cc0, 0xd9_8a34]);
    let dark = s.dice.pick(&[0x2c_5a38, 0x2a_4a60]);
    let mut ground = curve(&[(60.0, 740.0), (350.0, 716.0), (760.0, 736.0), (1140.0, 712.0)], false);
    ground.extend([(1140.0, 846.0), (60.0, 846.0)]);
    s.scribble(&ground, 6.0, 14.0, 15.0, Ink(0xc0_9c58, 0.75));
    let volcano = [(872.0, 716.0), (966.0, 430.0), (1034.0, 430.0), (1138.0, 712.0)];
    s.scribble(&volcano, 60.0, 13.0, 13.0, Ink(0x8a_6a58, 0.7));
    s.outline(&volcano, 7.0, Ink(0x5f_4436, 0.9));
    for (i, x) in [974.0f32, 990.0, 1008.0, 1026.0].iter().enumerate() {
        let up = 300.0 - (i % 2) as f32 * 50.0;
        let out = (i as f32 - 1.5) * 40.0;
        s.line(&curve(&[(*x, 416.0), (x + out * 0.3, up + 50.0), (x + out, up)], false), 12.0, Ink(0xe2_4f22, 0.88));
    }
    let body = curve(
        &[
            (100.0, 612.0),
            (190.0, 590.0),
            (268.0, 505.0),
            (350.0, 420.0),
            (446.0, 382.0),
            (540.0, 410.0),
            (620.0, 476.0),
            (690.0, 534.0),
            (752.0, 540.0),
            (820.0, 562.0),
            (852.0, 598.0),
            (816.0, 630.0),
            (744.0, 636.0),
            (692.0, 638.0),
            (664.0, 664.0),
            (662.0, 740.0),
            (588.0, 742.0),
            (580.0, 660.0),
            (480.0, 668.0),
            (430.0, 656.0),
            (428.0, 740.0),
            (356.0, 742.0),
            (344.0, 634.0),
            (270.0, 616.0),
            (190.0, 634.0),
        ],
        true,
    );
    s.scribble(&body, 24.0, 12.0, 14.0, Ink(skin, 0.82));
    s.scribble(&body, -30.0, 30.0, 12.0, Ink(skin, 0.5));
    s.lay(Medium::Crayon);
    s.outline(&body, 9.0, Ink(dark, 0.96));
    for (x, y, size) in [
        (236.0, 530.0, 40.0),
        (292.0, 470.0, 58.0),
        (362.0, 412.0, 74.0),
        (444.0, 384.0, 82.0),
        (526.0, 400.0, 74.0),
        (598.0, 454.0, 56.0),
        (654.0, 504.0, 40.0),
    ] {
        let plate = [
            (x - 30.0, y + 12.0),
            (x - 24.0, y - size * 0.6),
            (x, y - size),
            (x + 28.0, y - size * 0.5),
            (x + 32.0, y + 8.0),
        ];
        s.scribble(&plate, 70.0, 7.0, 9.0, Ink(0xe0_6a2c, 0.9));
        s.outline(&plate, 5.0, Ink(0xa8_3f1c, 0.95));
    }
    for _ in 0..16 {
        let (x, y) = (s.dice.span(310.0, 640.0), s.dice.span(500.0, 620.0));
        let size = s.dice.span(7.0, 16.0);
        s.fill(&oval((x, y), size, size * 0.85), Ink(dark, 0.6));
    }
    s.fill(&oval((784.0, 580.0), 14.0, 16.0), Ink(0xff_ffff, 1.0));
    s.fill(&oval((788.0, 582.0), 7.0, 9.0), Ink(0x1c_1c1c, 1.0));
    s.line(&curve(&[(842.0, 608.0), (806.0, 616.0), (776.0, 606.0)], false), 5.0, Ink(dark, 1.0));
    for (x, y) in [(112.0, 604.0), (142.0, 596.0), (172.0, 588.0)] {
        s.line(&[(x, y), (x - 26.0, y - 66.0)], 9.0, Ink(0xe0_6a2c, 0.95));
    }
    for x in [362.0, 386.0, 410.0, 598.0, 622.0, 646.0] {
        s.line(&arc((x, 738.0), (9.0, 11.0), 180.0, 360.0), 4.0, Ink(0xf2_ecd8, 1.0));
    }
    for x in [100.0f32, 210.0, 760.0] {
        for i in 0..6 {
            let lean = (i as f32 - 2.5) * 16.0;
            let top = 640.0 + lean.abs();
            s.line(
                &curve(&[(x, 760.0), (x + lean * 0.5, 700.0), (x + lean * 1.7, top + 20.0)], false),
                8.0,
                Ink(0x3a_8a40, 0.9),
            );
        }
    }
    s.lay(Medium::Crayon);
    s.write("stegosaurus", (120.0, 170.0), 42.0, 7.0, Ink(0x2a_4a8a, 0.95));
    s.lay(Medium::Felt);
}

pub(super) fn butterfly(s: &mut Sheet) {
    s.paper(0xb8_9468, 0xfb_f9f4);
    let inks = s.dice.pick(&[
        [0xe0_6a1c, 0xf2_b422, 0x8a_2a1c],
        [0x3f_74c8, 0x8ac6e8, 0x5a_3f98],
        [0xc8_3f78, 0xf2_9ac0, 0x6a_3f98],
    ]);
    let upper =
        [(0.0, -30.0), (70.0, -180.0), (240.0, -290.0), (400.0, -270.0), (430.0, -130.0), (300.0, 0.0), (120.0, 40.0)];
    let lower =
        [(0.0, 30.0), (120.0, 30.0), (270.0, 60.0), (310.0, 190.0), (220.0, 290.0), (110.0, 250.0), (40.0, 140.0)];
    for side in [-1.0f32, 1.0] {
        let place = |p: &At| (600.0 + side * (14.0 + p.0), 440.0 + p.1);
        let big: Vec<At> = upper.iter().map(place).collect();
        let small: Vec<At> = lower.iter().map(place).collect();
        let (big, small) = (curve(&big, true), curve(&small, true));
        for (wing, ink) in [(&big, inks[0]), (&small, inks[1])] {
            for shrink in 0..6 {
                let centre =
                    wing.iter().fold((0.0, 0.0), |m, p| (m.0 + p.0 / wing.len() as f32, m.1 + p.1 / wing.len() as f32));
                let k = 1.0 - shrink as f32 * 0.03;
                let inner: Vec<At> =
                    wing.iter().map(|p| (centre.0 + (p.0 - centre.0) * k, centre.1 + (p.1 - centre.1) * k)).collect();
                let inner = s.wobble(&inner, 3.0);
                s.fill(&inner, Ink(ink, 0.34 - shrink as f32 * 0.03));
            }
        }
        s.lay(Medium::Wash);
        for (at, r, ink) in [
            ((270.0, -180.0), 54.0, inks[2]),
            ((350.0, -120.0), 28.0, inks[1]),
            ((170.0, -90.0), 32.0, inks[1]),
            ((180.0, 150.0), 46.0, inks[2]),
            ((240.0, 220.0), 20.0, inks[0]),
            ((100.0, 90.0), 22.0, inks[0]),
        ] {
            let c = place(&at);
            let spot = curve(&oval(c, r, r * 0.9), true);
            let spot = s.wobble(&spot, 4.0);
            s.fill(&spot, Ink(ink, 0.75));
            let eye = s.wobble(&oval(c, r * 0.42, r * 0.4), 2.0);
            s.fill(&eye, Ink(0xfd_f4d8, 0.75));
        }
        for _ in 0..26 {
            let at = place(&(s.dice.span(40.0, 420.0), s.dice.span(-280.0, 280.0)));
            let r = s.dice.span(1.5, 6.0);
            s.fill(&oval(at, r, r), Ink(inks[2], 0.5));
        }
        s.lay(Medium::Wash);
    }
    let body =
        curve(&[(600.0, 300.0), (622.0, 360.0), (618.0, 500.0), (600.0, 640.0), (582.0, 500.0), (578.0, 360.0)], true);
    s.fill(&body, Ink(0x33_2620, 0.95));
    s.fill(&oval((600.0, 290.0), 26.0, 26.0), Ink(0x33_2620, 0.95));
    s.line(&curve(&[(592.0, 270.0), (560.0, 200.0), (520.0, 170.0)], false), 6.0, Ink(0x33_2620, 0.95));
    s.line(&curve(&[(608.0, 270.0), (640.0, 200.0), (680.0, 170.0)], false), 6.0, Ink(0x33_2620, 0.95));
    s.fill(&oval((518.0, 168.0), 9.0, 9.0), Ink(0x33_2620, 0.95));
    s.fill(&oval((682.0, 168.0), 9.0, 9.0), Ink(0x33_2620, 0.95));
    s.lay(Medium::Felt);
    s.line(&[(600.0, 44.0), (601.0, 150.0)], 2.0, Ink(0x9a_9486, 0.35));
    s.line(&[(600.0, 690.0), (599.0, 858.0)], 2.0, Ink(0x9a_9486, 0.35));
    s.lay(Medium::Plain);
}

pub(super) fn chalk(s: &mut Sheet) {
    let shift = s.dice.span(0.0, 400.0);
    s.ground(2, |x, y| {
        let joint = rise_line((x + 130.0) % 620.0).max(rise_line((y + 40.0) % 470.0));
        let stone = 0.72 + 0.3 * cloud(x * 0.5 + shift, y * 0.5) + 0.26 * (speckle(x, y + shift) - 0.5);
        blend(times(rgb(0x84_807a), stone), rgb(0x45_423d), joint)
    });
    s.tilt(-2.5);
    let chalks = [0xf2_a0b4, 0xf6_e08a, 0x9c_d2f0, 0xb4_e09a, 0xf4_f2ec, 0xd8_b0ee];
    let path = [
        (260.0, 760.0),
        (260.0, 620.0),
        (170.0, 490.0),
        (350.0, 490.0),
        (260.0, 360.0),
        (170.0, 230.0),
        (350.0, 230.0),
        (260.0, 105.0),
    ];
    for (i, at) in path.iter().enumerate() {
        let (w, h) = (82.0, 60.0);
        let square = [(at.0 - w, at.1 - h), (at.0 + w, at.1 - h), (at.0 + w, at.1 + h), (at.0 - w, at.1 + h)];
        s.outline(&square, 12.0, Ink(chalks[i % 6], 0.9));
        s.write(&(i + 1).to_string(), (at.0 - 22.0, at.1 + 28.0), 38.0, 12.0, Ink(chalks[4], 0.92));
    }
    let middle = (800.0, 330.0);
    for i in 0..9 {
        let (sin, cos) = (i as f32 * 0.698).sin_cos();
        let petal = oval((middle.0 + cos * 118.0, middle.1 + sin * 118.0), 58.0, 58.0);
        s.scribble(&petal, 30.0 + i as f32 * 24.0, 15.0, 13.0, Ink(chalks[i % 2 * 5], 0.78));
        s.outline(&petal, 11.0, Ink(chalks[i % 2 * 5], 0.92));
    }
    let disc = oval(middle, 66.0, 66.0);
    s.scribble(&disc, 10.0, 13.0, 13.0, Ink(chalks[1], 0.85));
    s.outline(&disc, 11.0, Ink(chalks[1], 0.95));
    s.line(&curve(&[(800.0, 520.0), (820.0, 640.0), (790.0, 800.0)], false), 17.0, Ink(chalks[3], 0.9));
    for (x, y, side) in [(812.0, 700.0, 1.0f32), (810.0, 640.0, -1.0)] {
        let leaf = curve(
            &[(x, y), (x + side * 70.0, y - 64.0), (x + side * 150.0, y - 50.0), (x + side * 80.0, y + 6.0)],
            true,
        );
        s.scribble(&leaf, 60.0, 14.0, 12.0, Ink(chalks[3], 0.75));
        s.outline(&leaf, 10.0, Ink(chalks[3], 0.9));
    }
    s.line(
        &curve(
            &[(520.0, 700.0), (560.0, 650.0), (610.0, 700.0), (575.0, 745.0), (530.0, 735.0), (560.0, 695.0)],
            false,
        ),
        12.0,
        Ink(chalks[2], 0.9),
    );
    s.line(&curve(&[(520.0, 700.0), (510.0, 770.0), (640.0, 780.0), (690.0, 750.0)], false), 12.0, Ink(chalks[2], 0.9));
    s.lay(Medium::Chalk);
    for (x, y, i) in [(1060.0, 742.0, 0usize), (1100.0, 700.0, 1), (1010.0, 790.0, 2)] {
        s.shadow((x + 5.0, y + 9.0), (52.0, 20.0), -0.4, 0.55);
        let ink = rgb(chalks[i]);
        s.patch((x, y), (46.0, 13.0), -0.4, |u, v| {
            let lit = 0.72 + 0.36 * (1.0 - v * v) - 0.2 * v + 0.1 * (speckle(u * 40.0 + x, v * 12.0 + y) - 0.5);
            (times(ink, lit), if u.abs() < 1.0 && v.abs() < 1.0 { 1.0 } else { 0.0 })
        });
    }
}

fn rise_line(v: f32) -> f32 {
    super::sheet::rise(5.0, 1.0, v) * 0.85
}
