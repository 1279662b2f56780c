use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{controlled, verified};

#[tokio::test]
async fn each_folder_is_an_example_and_its_file_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples/verify");
    let mut expected = BTreeMap::new();
    for language in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in std::fs::read_dir(&language).unwrap().map(|entry| entry.unwrap().path()) {
            let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
            if name(&file).to_lowercase().starts_with("verify.") {
                let code = std::fs::read_to_string(&file).unwrap();
                let before = expected.insert(name(&language), (name(&file), code));
                assert_eq!(before, None, "a second file in {}", language.display());
            }
        }
    }
    let control = controlled(verified("200")).await;
    let told = control.ask("GET", "/api/v1/examples").await.json();
    assert_eq!((told["v"].as_u64(), told["type"].as_str()), (Some(1), Some("examples")));
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let examples = told["examples"].as_array().unwrap();
    let seen = examples.iter().map(|each| (text(&each["language"]), (text(&each["file"]), text(&each["code"]))));
    assert_eq!(seen.collect::<BTreeMap<_, _>>(), expected, "the list of control/examples.rs, and the folder");
    let titles: Vec<_> = examples.iter().map(|each| text(&each["title"])).collect();
    assert_eq!(titles, ["Python", "Node", "Rust", "Go", "PHP", "Ruby", "Java", "C#", "Shell"]);
    let weight: usize = examples.iter().map(|each| each["code"].as_str().unwrap().len()).sum();
    assert!(weight < 64 * 1024, "{weight} bytes are more than anybody reads");
}
