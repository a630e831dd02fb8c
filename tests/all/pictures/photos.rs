//! Real photographs, looked at with a tool that knows every camera's tags.

use hec::entries::pictures::{Limits, clean};
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn nothing_that_a_camera_wrote_is_left_in_real_photos() {
    let folder = std::env::var_os("HEC_TEST_PHOTOS")
        .expect("set HEC_TEST_PHOTOS to a folder that `tests/photos FOLDER` has filled");
    let mut photos: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("HEC_TEST_PHOTOS is a folder")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "jpg"))
        .collect();
    photos.sort();
    assert!(photos.len() >= 10, "run `tests/photos` with {} first", folder.display());
    let before = tags(Path::new(&folder));
    let out = std::env::temp_dir().join(format!("hec-photos-{}", std::process::id()));
    std::fs::create_dir_all(&out).unwrap();
    for photo in &photos {
        let picture = clean(std::fs::read(photo).unwrap(), &Limits::default()).unwrap();
        let name = photo.file_stem().unwrap().to_str().unwrap();
        std::fs::write(out.join(format!("{name}.original.jpg")), &picture.original).unwrap();
        std::fs::write(out.join(format!("{name}.screen.jpg")), &picture.screen).unwrap();
        std::fs::write(out.join(format!("{name}.thumb.jpg")), &picture.thumb).unwrap();
    }
    let after = tags(&out);
    std::fs::remove_dir_all(&out).unwrap();
    for tag in &after {
        let Tag { file, name, value, .. } = tag;
        assert!(tag.is_harmless(), "{file} still has {name}: {value}");
    }
    let count = |tags: &[Tag], name: &str| tags.iter().filter(|tag| tag.name == name).count();
    assert_eq!(count(&after, "ImageWidth"), 3 * photos.len());
    // The photos did hold what is looked for.
    for (name, least) in [("GPSLatitude", 4), ("Model", 12), ("DateTimeOriginal", 12)] {
        assert!(count(&before, name) >= least, "{name}");
    }
}

struct Tag {
    file: String,
    group: String,
    name: String,
    value: String,
}

impl Tag {
    /// A list of what may be there, so that a tag nobody thought of fails the test.
    fn is_harmless(&self) -> bool {
        let among = |names: &[&str]| names.contains(&self.name.as_str());
        match self.group.as_str() {
            // About the file on this disk, the tool, and the coded picture; but a comment is a comment.
            "ExifTool" | "System" => true,
            "File" => self.name != "Comment",
            "JFIF" => among(&["JFIFVersion", "ResolutionUnit", "XResolution", "YResolution"]),
            "IFD0" => self.name == "Orientation",
            "Adobe" => among(&["DCTEncodeVersion", "APP14Flags0", "APP14Flags1", "ColorTransform"]),
            "ICC-header" => {
                let about = ["Manufacturer", "Model", "Creator", "CMMType", "Platform", "DateTime"];
                let blank = |c: char| matches!(c, '0' | ':' | ' ' | '.' | '\0');
                !about.iter().any(|word| self.name.contains(word)) || self.value.chars().all(blank)
            }
            "ICC_Profile" => match self.name.as_str() {
                "ProfileDescription" => self.value == "Colours",
                "ProfileCopyright" => self.value == "None",
                name => ["Column", "TRC", "MediaWhitePoint", "ChromaticAdaptation", "A2B", "B2A"]
                    .iter()
                    .any(|word| name.contains(word)),
            },
            _ => false,
        }
    }
}

/// Every tag of every file in a folder, unknown and doubled ones too.
fn tags(path: &Path) -> Vec<Tag> {
    let run = Command::new("exiftool")
        .args(["-a", "-u", "-U", "-e", "-n", "-s", "-G1"])
        .arg(path)
        .output()
        .expect("exiftool is on the PATH (Debian: libimage-exiftool-perl)");
    assert!(run.status.success(), "exiftool: {}", String::from_utf8_lossy(&run.stderr));
    let (mut file, mut tags) = (String::new(), Vec::new());
    for line in String::from_utf8_lossy(&run.stdout).lines().filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("======== ") {
            file = name.to_owned();
        } else if let Some((group, rest)) = line.strip_prefix('[').and_then(|tag| tag.split_once(']')) {
            let (name, value) = rest.split_once(':').expect(line);
            let [file, group, name, value] = [&file, group, name, value].map(|text| text.trim().to_owned());
            tags.push(Tag { file, group, name, value });
        }
    }
    tags
}
