use std::path::{Path, PathBuf};

use crate::support::{Controlled, Told, controlled, verified};

/// What the page may weigh in all, in bytes.
const WEIGHT: usize = 120 * 1024;

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("receiver/console");
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// As a browser asks that holds no token, with these lines beside `Host`.
async fn browse(control: &Controlled, method: &str, path: &str, headers: &str) -> Told {
    control.raw(method, path, &format!("Host: {}\r\n{headers}", control.address), "").await
}

#[tokio::test]
async fn each_file_of_the_folder_is_served_as_what_it_is() {
    let control = controlled(verified("200")).await;
    let mut weight = 0;
    for path in files() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let told = browse(&control, "GET", &format!("/console/{name}"), "").await;
        assert_eq!(told.status, 200, "{name} is not in the list of control/page.rs");
        assert!(told.body == text, "{name} is another file");
        let kind = match path.extension().unwrap().to_str().unwrap() {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            other => panic!("{other} is no file of a page"),
        };
        assert!(told.head.contains(&format!("content-type: {kind}\r\n")), "{name}: {}", told.head);
        weight += text.len();
    }
    assert!(weight <= WEIGHT, "the page weighs {weight} bytes");
    let (index, page) =
        (browse(&control, "GET", "/console/index.html", "").await, browse(&control, "GET", "/", "").await);
    assert_eq!((page.status, &page.body), (200, &index.body));
}

#[tokio::test]
async fn nothing_but_its_own_files_may_run_in_it() {
    let control = controlled(verified("200")).await;
    for path in ["/", "/console/index.html"] {
        let told = browse(&control, "GET", path, "").await;
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "cache-control: no-store",
        ] {
            let lines = told.head.split("\r\n").filter(|line| *line == header).count();
            assert_eq!(lines, 1, "{path} lacks {header}: {}", told.head);
        }
    }
}

#[tokio::test]
async fn a_path_leads_to_no_other_file() {
    let control = controlled(verified("200")).await;
    for path in
        ["/console/", "/console/..%2fCargo.toml", "/console/../Cargo.toml", "/console/INDEX.HTML", "/console/%FF"]
    {
        let told = browse(&control, "GET", path, "").await;
        assert_eq!((told.status, told.code().as_str()), (404, "not_found"), "{path}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(browse(&control, method, "/", "").await.status, 405, "{method}");
    }
}

/// A link to the page works wherever it stands; everything else that another site does does not.
#[tokio::test]
async fn another_site_may_link_to_it_and_no_more() {
    const LINK: &str = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";
    const FRAME: &str = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n";
    const FETCH: &str = "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: empty\r\n";
    const SCRIPT: &str = "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: script\r\n";
    let control = controlled(verified("200")).await;
    for site in ["cross-site", "same-site"] {
        for (method, path, headers, status) in [
            ("GET", "/", LINK, 200),
            ("HEAD", "/", LINK, 200),
            ("POST", "/", LINK, 403),
            ("GET", "/", FRAME, 403),
            ("GET", "/", FETCH, 403),
            ("GET", "/", SCRIPT, 403),
            ("GET", "/", "", 403),
            ("GET", "/", "Sec-Fetch-Mode: navigate\r\n", 403),
            ("GET", "/", "Sec-Fetch-Dest: document\r\n", 403),
            ("GET", "/", "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n", 403),
            (
                "GET",
                "/",
                "Origin: http://evil.example\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
                403,
            ),
            ("GET", "/console/index.html", LINK, 403),
            ("GET", "/console/index.html", SCRIPT, 403),
            ("GET", "/health", LINK, 403),
            ("GET", "/api/v1/requests", LINK, 403),
            ("GET", "/api/v1/examples", LINK, 403),
        ] {
            let told = browse(&control, method, path, &format!("Sec-Fetch-Site: {site}\r\n{headers}")).await;
            assert_eq!(told.status, status, "{site} {method} {path} {headers:?}");
            assert!(!told.head.contains("access-control-"), "{told:?}");
        }
    }
    let own = browse(&control, "GET", "/console/index.html", &format!("Sec-Fetch-Site: same-origin\r\n{SCRIPT}")).await;
    assert_eq!(own.status, 200);
    let host = format!("Host: evil.example\r\nSec-Fetch-Site: none\r\n{LINK}");
    assert_eq!(control.raw("GET", "/", &host, "").await.code(), "host_refused");
}
