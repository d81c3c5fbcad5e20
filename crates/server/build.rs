//! Puts the files that browsers fetch into the binary, compressed: those of the web UI (`ui/`), under an address that changes with
//! any of them, so that browsers keep them for good, and the larger ones of the documentation.

#![expect(clippy::disallowed_methods, reason = "a build script is told where things are by its environment")]

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::ZipArchive;

/// The pages, and the module that each starts: that of every screen for those who sign in, that of guests,
/// and that of displays at doors.
const PAGES: [(&str, &str); 3] = [("index.html", "app.js"), ("public.html", "public.js"), ("door.html", "door.js")];
/// What is wanted of Swagger UI's distribution, and where it stands in there.
const SWAGGER: [&str; 3] = ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"];
const SWAGGER_FOLDER: &str = "/dist/";
/// Redoc is one file, kept here.
const REDOC: &str = "assets/redoc/redoc.standalone.js";
/// Where the page names the folder of the other files, and where it names the modules to fetch at once.
const FOLDER_HERE: &str = "{{assets}}";
const MODULES_HERE: &str = "{{modules}}";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=ui");
    println!("cargo::rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("ui");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut names = Vec::new();
    list(&folder, &folder, &mut names)?;
    // Types are for whoever changes the UI.
    names.retain(|name| !name.ends_with(".d.ts"));
    names.sort();

    let mut digest = Sha256::new();
    for name in &names {
        let bytes = fs::read(folder.join(name))?;
        digest.update((name.len() as u64).to_le_bytes());
        digest.update(name);
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    }
    let version = digest.finalize().iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"));

    let mut table = Table::new(&out);
    for name in names.iter().filter(|name| PAGES.iter().all(|(page, _)| name != page)) {
        table.add(name, &fs::read(folder.join(name))?)?;
    }
    fs::write(out.join("ui.rs"), format!("const VERSION: &str = {version:?};\n{}", table.finish()))?;
    documentation(&out)?;

    let assets = format!("/assets/{version}");
    for (page, start) in PAGES {
        let mut modules = BTreeSet::new();
        imports(&folder, start, &mut modules)?;
        let links = modules.iter().map(|name| format!("<link rel=\"modulepreload\" href=\"{assets}/{name}\">\n"));
        let text = fs::read_to_string(folder.join(page))?;
        let text = text.replace(MODULES_HERE, links.collect::<String>().trim_end()).replace(FOLDER_HERE, &assets);
        fs::write(out.join(format!("{page}.gz")), gzip(text.as_bytes())?)?;
    }
    Ok(())
}

/// Swagger UI out of the archive in which it comes, and Redoc.
fn documentation(out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={REDOC}");
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    let mut table = Table::new(out);
    for name in SWAGGER {
        let ending = format!("{SWAGGER_FOLDER}{name}");
        let is_it =
            |at: &usize| archive.name_for_index(*at).is_some_and(|path| path.is_ok_and(|it| it.ends_with(&ending)));
        let at = (0..archive.len()).find(is_it);
        let mut bytes = Vec::new();
        archive.by_index(at.ok_or_else(|| format!("Swagger UI has no {name}"))?)?.read_to_end(&mut bytes)?;
        table.add(name, &bytes)?;
    }
    table.add(REDOC.rsplit('/').next().unwrap_or(REDOC), &fs::read(REDOC)?)?;
    fs::write(out.join("docs.rs"), table.finish())?;
    Ok(())
}

/// The text of a table of files, `FILES`, which names compressed files in the folder.
struct Table<'a> {
    out: &'a Path,
    text: String,
}

impl<'a> Table<'a> {
    fn new(out: &'a Path) -> Self {
        Self { out, text: "const FILES: &[Asset] = &[\n".to_owned() }
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        let path = self.out.join(format!("{}.gz", name.replace('/', "_")));
        fs::write(&path, gzip(bytes)?)?;
        let path = path.to_str().ok_or("the path of a folder is no text")?;
        writeln!(self.text, "    Asset {{ name: {name:?}, gzip: include_bytes!({path:?}) }},")?;
        Ok(())
    }

    fn finish(self) -> String {
        self.text + "];\n"
    }
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Every file below `folder`, by its path from `root` with `/` between the parts.
fn list(root: &Path, folder: &Path, names: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(root, &path, names)?;
        } else {
            let name = path.strip_prefix(root)?.to_str().ok_or("the name of a file is no text")?;
            names.push(name.replace('\\', "/"));
        }
    }
    Ok(())
}

/// A module and all that it imports from the start, which is written `from "./…"`, also without the space; what is imported when it
/// is needed (`import("./…")`) is not among them.
fn imports(root: &Path, name: &str, found: &mut BTreeSet<String>) -> Result<(), Box<dyn Error>> {
    if !found.insert(name.to_owned()) {
        return Ok(());
    }
    let folder = Path::new(name).parent().unwrap_or(Path::new(""));
    let text = fs::read_to_string(root.join(name)).map_err(|error| format!("ui/{name}: {error}"))?;
    for target in ["from \"", "from\""].into_iter().flat_map(|from| text.split(from).skip(1)) {
        let Some((target, _)) = target.split_once('"').filter(|(target, _)| target.starts_with('.')) else { continue };
        let mut path = PathBuf::from(folder);
        for part in target.split('/') {
            match part {
                "." => {}
                ".." => _ = path.pop(),
                part => path.push(part),
            }
        }
        let target = path.to_str().ok_or("the name of a module is no text")?.replace('\\', "/");
        imports(root, &target, found)?;
    }
    Ok(())
}
