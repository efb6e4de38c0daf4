//! Letters: each is a file in a folder, for the process that prints and posts them and removes the file then. The file has a name, an
//! address and a code, so only its owner may read it.

use crate::private_file::private;
use crate::secret::Secret;
use std::fs::OpenOptions;
use std::io;
use std::io::Write as _;
use std::path::Path;

/// Writes a letter. The file appears whole, or not at all.
pub(crate) fn write(folder: &Path, name: &str, letter: &Secret<Vec<u8>>) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".{name}.part"));
    let mut file = private(OpenOptions::new().write(true).create(true).truncate(true)).open(&unfinished)?;
    file.write_all(letter.expose())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, folder.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_file::is_open_to_others;

    #[test]
    fn a_letter_is_a_whole_file_that_others_cannot_read_and_is_written_again_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let letters = folder.path().join("letters");
        for text in ["first", "second"] {
            write(&letters, "1.json", &Secret::new(text.as_bytes().to_vec())).unwrap();
            assert_eq!(std::fs::read_to_string(letters.join("1.json")).unwrap(), text);
        }
        assert!(!is_open_to_others(&letters.join("1.json")).unwrap());
        assert_eq!(std::fs::read_dir(&letters).unwrap().count(), 1);
    }
}
