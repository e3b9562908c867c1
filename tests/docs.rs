//! The generated pages of docs/ say what the code says.

#[path = "../docs/generate.rs"]
#[expect(dead_code, reason = "its main is for `make docs`")]
mod generate;

#[test]
fn the_generated_pages_are_up_to_date() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, wanted) in generate::pages() {
        let found = std::fs::read_to_string(root.join(path)).unwrap_or_default();
        let differs = found.lines().zip(wanted.lines()).position(|(found, wanted)| found != wanted);
        let line = differs.unwrap_or_else(|| found.lines().count().min(wanted.lines().count())) + 1;
        assert!(found == wanted, "{path} is not what the code says, from line {line} on; run `make docs`");
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("CHANGELOG.md")];
    for folder in ["docs", "docs/decisions"] {
        let files = std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        pages.extend(files.filter(|path| path.extension().is_some_and(|extension| extension == "md")));
    }
    let mut dead = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            if file.contains("://") {
                continue;
            }
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let text = std::fs::read_to_string(&target).unwrap_or_default();
            let title = |line: &str| {
                let words = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
                words.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect::<String>()
            };
            let mut titles = text.lines().filter(|line| line.starts_with('#')).map(title);
            if !target.exists() || !anchor.is_empty() && !titles.any(|title| title == anchor) {
                dead.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(dead.is_empty(), "links that lead nowhere:\n{}", dead.join("\n"));
}

#[test]
fn the_envoy_lines_in_the_readme_are_the_quickstarts() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let quickstart = std::fs::read_to_string(root.join("envoy/quickstart.yaml")).unwrap();
    let known: Vec<_> = quickstart.lines().map(str::trim).collect();
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let blocks = readme.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines: Vec<_> = blocks.flat_map(str::lines).map(str::trim).filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() > 20, "the README shows an Envoy configuration");
    let strange: Vec<_> = lines.into_iter().filter(|line| !line.is_empty() && !known.contains(line)).collect();
    assert!(strange.is_empty(), "in README.md, not in envoy/quickstart.yaml:\n{}", strange.join("\n"));
}
