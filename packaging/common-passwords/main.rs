//! Makes the filter of common passwords out of their list: see `packaging/common-passwords/make`.

mod filter;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [list, out] = arguments.as_slice() else { return Err("usage: common-passwords LIST FILTER".into()) };
    let made = filter::made_of(&std::fs::read_to_string(list)?)?;
    std::fs::write(out, &made)?;
    println!("{out}: {} bytes", made.len());
    Ok(())
}
