//! Lines of logs: out of files, of whole directories, of what is packed, or of standard input.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::{Failure, Streams};

/// The longest line that is read whole; records are a kilobyte or two.
const MAX_LINE: u64 = 1_048_576;

/// Shows every line that is not empty, with the name of its file and its number there, from 1: the files in the order of
/// `paths`, those of a directory in the order of their names; `-` is standard input.
pub fn each(paths: &[&str], streams: &mut Streams<'_>, look: &mut dyn FnMut(&str, u64, &[u8])) -> Result<(), Failure> {
    for path in paths {
        if *path == "-" {
            read(&mut *streams.input, &mut |number, line| look(path, number, line))?;
            continue;
        }
        for file in files(Path::new(path))? {
            let name = file.display().to_string();
            let named = |error: std::io::Error| Failure::Failed(format!("{name}: {error}"));
            let bytes = std::fs::File::open(&file).map_err(named)?;
            let mut look = |number: u64, line: &[u8]| look(&name, number, line);
            match file.extension().is_some_and(|end| end == "gz") {
                true => read(flate2::read::MultiGzDecoder::new(bytes), &mut look).map_err(named)?,
                false => read(bytes, &mut look).map_err(named)?,
            }
        }
    }
    Ok(())
}

fn read(input: impl Read, look: &mut dyn FnMut(u64, &[u8])) -> std::io::Result<()> {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let taken = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        if taken == 0 {
            break;
        }
        if taken as u64 == MAX_LINE && !line.ends_with(b"\n") {
            input.skip_until(b'\n')?;
        }
        let line = line.trim_ascii();
        if !line.is_empty() {
            look(number, line);
        }
    }
    Ok(())
}

/// A file, or the files of a directory and those below it, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let named = |error: std::io::Error| Failure::Failed(format!("{}: {error}", path.display()));
    if !std::fs::metadata(path).map_err(named)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(named)?;
    let mut entries =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(named)?;
    entries.sort();
    let mut found = Vec::new();
    for entry in entries {
        found.extend(files(&entry)?);
    }
    Ok(found)
}
