// ruleid: plaintext-stays-in-memory
use poem_openapi::types::multipart::Upload;
// ok: plaintext-stays-in-memory
use poem_openapi::payload::Json;

fn attach(bytes: &[u8]) {
    // ruleid: plaintext-stays-in-memory
    let mut file = tempfile::tempfile()?;
    // ruleid: plaintext-stays-in-memory
    let mut file = NamedTempFile::new()?;
    // ruleid: plaintext-stays-in-memory
    let path = std::env::temp_dir().join("photo");
    // ok: plaintext-stays-in-memory
    let memory = Cursor::new(bytes);
}

#[cfg(test)]
mod tests {
    fn disk() {
        // ok: plaintext-stays-in-memory
        let file = tempfile::tempfile().unwrap();
    }
}
