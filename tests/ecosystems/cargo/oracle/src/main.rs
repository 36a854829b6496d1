//! Answers one question a line, as the library does by which cargo reads versions and requirements.
//!
//! `version<TAB>requirement` -> `1` or `0`; `?` where the requirement is none, `!` where the version is none.
//! `<<TAB>version<TAB>version` -> `<`, `=` or `>`; `!` where one is none.

use semver::{Version, VersionReq};
use std::cmp::Ordering;
use std::io::{self, BufRead, BufWriter, Write};

fn answer(line: &str) -> &'static str {
    let words: Vec<&str> = line.split('\t').collect();
    match words[..] {
        ["<", left, right] => match (Version::parse(left), Version::parse(right)) {
            (Ok(left), Ok(right)) => match left.cmp(&right) {
                Ordering::Less => "<",
                Ordering::Equal => "=",
                Ordering::Greater => ">",
            },
            _ => "!",
        },
        [version, wanted] => match (Version::parse(version), VersionReq::parse(wanted)) {
            (_, Err(_)) => "?",
            (Err(_), _) => "!",
            (Ok(version), Ok(wanted)) if wanted.matches(&version) => "1",
            _ => "0",
        },
        _ => panic!("not a question: {line:?}"),
    }
}

fn main() -> io::Result<()> {
    let mut output = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        writeln!(output, "{}", answer(&line?))?;
    }
    output.flush()
}
