//! A form that is refused: every wrong field is named, and nothing that was typed is lost.

use reqwest::multipart::{Form, Part};
use scraper::{ElementRef, Selector};

use crate::support::{Reply, TODAY, TestApp, gif, jpeg};

/// What a browser would send if the form were sent as it stands.
pub fn filled_in(page: &Reply) -> Vec<(String, String)> {
    let html = page.html();
    let selector = Selector::parse("form[enctype] input, form[enctype] textarea").unwrap();
    let value = |found: ElementRef| {
        let attribute = |name| found.value().attr(name);
        let name = attribute("name")?.to_owned();
        match attribute("type") {
            Some("checkbox" | "radio") => {
                attribute("checked").and(attribute("value")).map(|value| (name, value.to_owned()))
            }
            Some("file") => None,
            _ if found.value().name() == "textarea" => {
                Some((name, found.text().collect::<String>().replace('\n', "\r\n")))
            }
            _ => Some((name, attribute("value").unwrap_or_default().to_owned())),
        }
    };
    html.select(&selector).filter_map(value).collect()
}

#[tokio::test]
async fn everything_that_was_typed_is_still_there() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let (words, feeling) = (format!("words-{}", ana.learner), format!("feeling-{}", ana.learner));
    let typed = [
        ("date", "2026-02-30"),
        ("learner", &ana.learner),
        ("title", "Newts & <b>frogs</b> \"x\""),
        ("text", "Line one\r\n\r\n  </textarea><script>x</script>"),
        ("kind", "outing"),
        ("subject", &ana.subjects[3]),
        ("subject", &ana.subjects[5]),
        ("minutes", "ninety"),
        ("place", "Allotment"),
        ("resources", "A net\r\nA jar"),
        (&words, "it looked\r\nat me"),
        (&feeling, "good"),
        ("starred", "yes"),
        ("private", "yes"),
        ("state", "draft"),
    ];
    let page = ana.writes_on_page("/entries/new", &typed).await.assert(422);
    let kept = filled_in(&page);
    for (name, value) in typed {
        let values: Vec<&String> = kept.iter().filter(|(other, _)| other == name).map(|(_, value)| value).collect();
        assert!(values.iter().any(|kept| *kept == value), "{name}: {value:?} became {values:?}");
    }
}

#[tokio::test]
async fn each_error_stands_at_its_field_and_in_the_summary() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let words = format!("words-{}", ana.learner);
    for (field, value, says) in [
        ("date", "", "Fill this in"),
        ("date", "2026-02-30", "Enter a real date"),
        ("date", "1850-01-01", "Enter a date from 1900-01-01 to 2199-12-31"),
        ("title", &"x".repeat(201), "Use 200 characters or fewer"),
        ("text", &"x".repeat(20_001), "20000 characters or fewer"),
        ("minutes", "2000", "Enter a number from 1 to 1440"),
        ("minutes", "soon", "Enter a whole number"),
        ("minutes", "99999999999999999999", "number"),
        ("place", &"x".repeat(201), "Use 200 characters or fewer"),
        ("resources", &"x".repeat(301), "Use 300 characters or fewer"),
        ("kind", "party", "Choose one of"),
        ("state", "maybe", "Choose one of"),
        ("subject", crate::support::UNKNOWN, "Choose from your own subjects"),
        ("learner", crate::support::UNKNOWN, "Choose from your own learners"),
        (&words, &"x".repeat(2001), "2000 characters or fewer"),
    ] {
        let mut fields = vec![("title", "Newts"), ("date", TODAY), ("learner", &*ana.learner)];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let page = ana.writes_on_page("/entries/new", &fields).await.assert(422);
        assert_eq!(page.attributes(".error-summary a", "href"), [format!("#{field}")], "{field}");
        assert!(
            page.words(".error-summary li").concat().contains(says),
            "{field}: {:?}",
            page.words(".error-summary li")
        );
        assert_eq!(
            page.attributes(&format!("[id='{field}']"), "id"),
            [field],
            "nothing has the id that the summary leads to"
        );
        assert!(page.words(&format!("[id='{field}-error']")).concat().contains(says), "{field} has no error beside it");
    }
    assert!(ana.titles("/entries").await.is_empty());
}

#[tokio::test]
async fn an_entry_that_says_nothing_is_refused() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    for title in ["", "   "] {
        let page = ana.writes_on_page("/entries/new", &[("date", TODAY), ("title", title), ("place", "Here")]).await;
        page.assert(422).assert_says("Add a title, a few words or a photo");
    }
}

#[tokio::test]
async fn a_refused_photo_leaves_no_file_behind() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let photo = |bytes: Vec<u8>| Part::bytes(bytes).file_name("a.jpg");
    let form = Form::new()
        .text("date", TODAY)
        .text("title", "Newts")
        .part("photos", photo(jpeg(1)))
        .part("photos", photo(gif()));
    let page =
        ana.submit_files("/entries/new", form).await.assert(422).assert_says("Choose a JPEG, PNG or WebP picture");
    assert_eq!(page.attributes(".error-summary a", "href"), ["#photos"]);
    let form = Form::new().text("date", "").text("title", "Newts").part("photos", photo(jpeg(1)));
    ana.submit_files("/entries/new", form).await.assert(422).assert_says("please choose them again");
    let mut large = jpeg(1);
    large.resize(25_000_001, 0);
    let form = Form::new().text("date", TODAY).text("title", "Newts").part("photos", photo(large));
    ana.submit_files("/entries/new", form).await.assert(422).assert_says("25");
    assert_eq!((app.blobs(), ana.titles("/entries").await.len()), (0, 0));
}

#[tokio::test]
async fn the_forty_first_photo_of_a_form_is_refused() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let small = crate::support::jpeg_of(2, 2, 1);
    let empty = Form::new().text("date", TODAY).text("title", "Newts");
    let form = (0..41).fold(empty, |form, _| form.part("photos", Part::bytes(small.clone()).file_name("a.jpg")));
    let page = ana.submit_files("/entries/new", form).await;
    assert_eq!((page.status, app.blobs()), (422, 0));
    page.assert_says("40");
}

#[tokio::test]
async fn a_form_that_is_cut_off_or_no_form_is_an_error_page() {
    let app = TestApp::start().await;
    let ana = app.parent("ana").await;
    let post = |media_type: &'static str, body: &'static str| {
        let request = ana.browse(reqwest::Method::POST, "/entries/new").header("sec-fetch-site", "same-origin");
        crate::support::SendExt::reply(request.header("content-type", media_type).body(body))
    };
    let cut = "--x\r\nContent-Disposition: form-data; name=\"date\"\r\n\r\n2026-03";
    for (media_type, body) in [
        ("multipart/form-data; boundary=x", cut),
        ("multipart/form-data", cut),
        ("text/plain", "date=x"),
        ("application/json", "{}"),
    ] {
        let page = post(media_type, body).await;
        assert!(matches!(page.status, 400 | 415), "{media_type}: {}", page.status);
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    }
    assert_eq!(app.blobs(), 0);
}
